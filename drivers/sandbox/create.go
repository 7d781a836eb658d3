package sandbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"clusterctl/schema"
)

type instancesBody struct {
	instance
	Source sourceBody `json:"source"`
	Start  bool       `json:"start"`
}

// instancesPost checks the request, chooses a member and creates the instance there in the background.
func instancesPost(c *call, body instancesBody) (reply, error) {
	project := c.instanceProject()
	if body.Type == "" {
		body.Type = instanceTypes[0]
	}
	if body.Profiles == nil {
		body.Profiles = []string{"default"}
	}
	if body.Name == "" {
		body.Name = "instance-" + newUUID()[:8]
	}
	node, err := c.allowedPlace(project, body.Source.Type)
	if err != nil {
		return reply{}, err
	}
	if err := c.knownProfiles(body.Profiles); err != nil {
		return reply{}, err
	}
	if err := c.allowsInstance(project, body); err != nil {
		return reply{}, err
	}
	image, err := c.sourceImage(body.Source)
	if err != nil {
		return reply{}, err
	}
	m, db := c.at.cluster.member(node), c.at.cluster.db
	later := *c // the operation outlives the call
	op := m.newOperation("task", "Creating instance", func(ctx context.Context) error {
		m.world.mu.Lock()
		defer m.world.mu.Unlock()
		return update(ctx, db, func(t *tx) error {
			later.tx = t
			return later.createInstance(project, node, image, body)
		})
	})
	op.resources = map[string][]string{"instances": {"/1.0/instances/" + body.Name}}
	return reply{op: op}, nil
}

func (c *call) knownProfiles(names []string) error {
	project := c.profileProject()
	for _, name := range names {
		if c.tx.profileID(project, name) == 0 {
			return fmt.Errorf("Requested profile %q doesn't exist", name)
		}
	}
	return nil
}

// allowedPlace chooses the member, where the project may have instances in that group or on that member.
func (c *call) allowedPlace(project int64, source string) (int64, error) {
	target := c.query("target")
	group, isGroup := strings.CutPrefix(target, "@")
	node, err := c.place(target, isGroup, group, source)
	switch {
	case err != nil:
	case isGroup:
		err = c.tx.allowed(project, "group", func(g string) bool { return g == group })
	case target != "":
		err = c.tx.allowed(project, "member", c.tx.inGroup(node))
	}
	return node, err
}

// place chooses the member: the target, or the one with the fewest instances. Without a source there is nothing to
// choose by, and it is the member that was asked (measured).
func (c *call) place(target string, isGroup bool, group, source string) (int64, error) {
	if target != "" && !isGroup {
		row := c.tx.row("SELECT id,state FROM nodes WHERE name=?", target)
		switch {
		case row == nil:
			return 0, fail(http.StatusNotFound, "Cluster member not found")
		case row[1] == stateMemberEvacuated:
			return 0, fail(http.StatusForbidden, "Cluster member is evacuated")
		}
		m, err := c.at.peer(c.Context(), target)
		if err != nil {
			return 0, err
		}
		return m.NodeID, nil
	}
	if !c.at.cluster.clustered || source == "none" && !isGroup {
		return c.at.NodeID, nil
	}
	node := c.tx.leastInstances(group)
	if node == 0 {
		return 0, fail(http.StatusBadRequest, "No suitable cluster member could be found")
	}
	return node, nil
}

// leastInstances returns the first member with the fewest instances among those that take new ones, 0 if none does.
func (t *tx) leastInstances(group string) int64 {
	best, fewest := int64(0), int64(-1)
	for _, m := range t.memberRows() {
		mode := t.config("nodes_config", "node_id", m.id)["scheduler.instance"]
		if !m.fresh || m.state != stateMemberCreated || mode == "manual" || mode == "group" && group == "" ||
			group != "" && !t.inGroup(m.id)(group) {
			continue
		}
		if n := t.number("SELECT count(*) FROM instances WHERE node_id=?", m.id); fewest < 0 || n < fewest {
			best, fewest = m.id, n
		}
	}
	return best
}

// inGroup tells the groups that a member is in.
func (t *tx) inGroup(node int64) func(group string) bool {
	return func(group string) bool {
		return t.number(`SELECT count(*) FROM nodes_cluster_groups x JOIN cluster_groups g ON g.id=x.group_id
			WHERE x.node_id=? AND g.name=?`, node, group) > 0
	}
}

// What is said before the reason why an instance could not be made.
const (
	recording    = "Failed creating instance record: "
	initialising = recording + "Failed initialising instance: "
)

// createInstance is the operation's part: rows for the instance, its devices and its volume.
func (c *call) createInstance(project, node, image int64, body instancesBody) error {
	if err := checkInstanceConfig(c.world.server, body.Config); err != nil {
		return fmt.Errorf(recording+"%w", err)
	}
	for _, name := range sortedKeys(body.Devices) {
		if kind := body.Devices[name]["type"]; !slices.Contains(deviceTypes, kind) {
			return fmt.Errorf(recording+"Invalid device type %s", kind)
		}
	}
	if c.tx.number("SELECT count(*) FROM instances WHERE project_id=? AND name=?", project, body.Name) > 0 {
		return errors.New(recording + `Add instance info to the database: This "instances" entry already exists`)
	}
	id := c.tx.exec("INSERT INTO instances (node_id,name,architecture,type,ephemeral,creation_date,"+
		"last_use_date,stateful,description,project_id,expiry_date) VALUES (?,?,2,?,?,?,?,0,?,?,?)",
		node, body.Name, slices.Index(instanceTypes, body.Type), body.Ephemeral, time.Now().UTC(), time.Unix(0, 0).UTC(),
		body.Description, project, time.Time{})
	body.Config = overlay(body.Config, freshKeys(body.Type))
	if image != 0 {
		c.tx.madeFrom(image, node, body.Config)
	}
	if body.Start {
		body.Config[powerKey] = powerOn
	}
	profiles := c.profileProject()
	if err := c.tx.storeInstance(id, profiles, body.instance); err != nil {
		return err
	}
	_, devices := c.tx.expand(c.profileIDs(body.Profiles), body.Config, body.Devices)
	_, root := rootDisk(devices)
	if root == nil {
		return errors.New(initialising + "Failed getting root disk: No root device could be found")
	}
	if err := c.attaches(node, "add", devices); err != nil {
		return prefixed(initialising, err)
	}
	pool := c.tx.pool(root["pool"])
	kind := slices.Index(volumeTypes, body.Type)
	c.tx.addVolume(kind, 0, pool, project, c.tx.volumeNode(pool, node), volume{Name: body.Name})
	return c.tx.err
}

// profileIDs are the numbers of profiles.
func (c *call) profileIDs(names []string) []int64 {
	project := c.profileProject()
	return schema.Map(names, func(name string) int64 { return c.tx.profileID(project, name) })
}

// madeFrom notes in the configuration of an instance the image that it is made from, of which its member has a copy
// then.
func (t *tx) madeFrom(image, node int64, config map[string]string) {
	config["volatile.base_image"], _ = t.text("SELECT fingerprint FROM images WHERE id=?", image)
	for key, value := range t.pairs("SELECT key,value FROM images_properties WHERE image_id=?", image) {
		config["image."+key] = value
	}
	t.exec("INSERT INTO images_nodes (image_id,node_id) SELECT ?,? WHERE NOT EXISTS "+
		"(SELECT 1 FROM images_nodes WHERE image_id=? AND node_id=?)", image, node, image, node)
}

// instanceRebuild gives an instance that does not run a new root disk, from an image or empty (incus 6.0.4,
// cmd/incusd/instance_rebuild.go).
func instanceRebuild(c *call, v stored, body struct{ Source sourceBody }) (reply, error) {
	image, err := c.sourceImage(body.Source)
	switch {
	case err != nil:
		return reply{}, err
	case v.running():
		return reply{}, fail(http.StatusBadRequest, "Instance must be stopped to be rebuilt")
	}
	config := v.config()
	maps.DeleteFunc(config, func(key, _ string) bool {
		return strings.HasPrefix(key, "image.") || key == "volatile.base_image"
	})
	if image != 0 {
		c.tx.madeFrom(image, c.tx.number("SELECT node_id FROM instances WHERE id=?", v.id), config)
	}
	c.tx.putConfig("instances_config", "instance_id", v.id, config)
	return reply{op: c.at.finished("Rebuilding instance")}, nil
}

// freshKeys is what the daemon notes of a new instance. Containers also have the map of their users.
func freshKeys(kind string) map[string]string {
	keys := map[string]string{"volatile.uuid": newUUID(), "volatile.apply_template": "create",
		"volatile.cloud-init.instance-id": newUUID()}
	if kind == instanceTypes[0] {
		keys["volatile.idmap.base"], keys["volatile.last_state.idmap"] = "0", "[]"
		keys["volatile.idmap.next"] = `[{"Isuid":true,"Isgid":false,"Hostid":1000000,"Nsid":0,"Maprange":1000000000},{"Isuid":false,"Isgid":true,"Hostid":1000000,"Nsid":0,"Maprange":1000000000}]`
	}
	return keys
}

// finished is an operation that has ended well by the time that anybody looks.
func (m *member) finished(description string) *operation {
	return m.newOperation("task", description, func(context.Context) error { return nil })
}

// failed is one that has ended with that error.
func (m *member) failed(description string, err error) *operation {
	return m.newOperation("task", description, func(context.Context) error { return err })
}
