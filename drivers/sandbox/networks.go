package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

func networkRoutes() []route {
	return append(kind[network]{path: "/1.0/networks", where: atTarget, read: (*call).networks,
		missing: notFound(networkKind.text.notFound, networkKind.text.missing),
		blank:   func(network) network { return network{} },
		change:  (*call).changeNetwork, remove: (*call).removeNetwork,
	}.routes(), route{"POST", "/1.0/networks", trustClient, locked, networksPost})
}

type network struct {
	Name        string            `json:"name"`
	Type        string            `json:"type"`
	Description string            `json:"description"`
	Config      map[string]string `json:"config"`
	UsedBy      []string          `json:"used_by"`
	Managed     bool              `json:"managed"`
	Status      string            `json:"status"`
	Locations   []string          `json:"locations"`

	id int64
}

func (v network) key() (int64, string) { return v.id, v.Name }

func (v network) tag() any { return []any{v.Name, v.Managed, v.Type, v.Description, v.Config} }

var networkTypes = []string{"bridge", "macvlan", "sriov", "ovn", "physical"} // in the order of the column type

// networkProject is where the networks of a project live: in the default project unless it has its own.
func (c *call) networkProject() (int64, error) {
	id, err := c.tx.project(c.project(), fmt.Sprintf("Failed to load project %q: ", c.project()))
	if err != nil || c.tx.feature(id, "features.networks") {
		return id, err
	}
	return 1, nil
}

func (c *call) network(name, missing string) (int64, error) {
	project, err := c.networkProject()
	if err != nil {
		return 0, err
	}
	id := c.tx.number("SELECT id FROM networks WHERE name=? AND project_id=?", name, project)
	if id == 0 {
		return 0, fail(http.StatusNotFound, "%s", missing)
	}
	return id, nil
}

// networks returns those of the project and, to who only looks, the interfaces of the host.
func (c *call) networks(name string) ([]network, error) {
	project, err := c.networkProject()
	found := each(c.tx, c.viewNetwork, `SELECT id,name,type,description,state FROM networks
		WHERE project_id=? AND ? IN ('',name) ORDER BY name`, project, name)
	for _, i := range interfaces {
		if c.Method == http.MethodGet && project == 1 && (name == "" || name == i.Name) {
			found = append(found, i)
		}
	}
	return found, err
}

// viewNetwork shows the cluster's keys, and with ?target or on a standalone server the member's too.
func (c *call) viewNetwork(id int64, row []string) network {
	view := network{id: id, Name: row[0], Type: networkTypes[c.tx.int(row[1])], Description: row[2], Managed: true,
		Config: networkKind.global(c.tx, id), Status: stateNames[row[3]], Locations: networkKind.locations(c.tx, id),
		UsedBy: append(c.tx.networkUsers(row[0]), c.tx.peered(id)...)}
	if c.query("target") != "" || !c.at.cluster.clustered {
		view.Config = overlay(view.Config, networkKind.ofMember(c.tx, id, c.at.id))
		view.Status = stateNames[networkKind.memberState(c.tx, id, c.at.id)]
	}
	return view
}

// interfaces are those of the pretended hosts that LXD does not manage.
var interfaces = []network{
	{Name: "eth0", Type: "physical", Config: map[string]string{}, UsedBy: []string{}},
	{Name: "lo", Type: "loopback", Config: map[string]string{}, UsedBy: []string{}},
}

func networksPost(c *call) (reply, error) {
	project, err := c.networkProject()
	if err != nil {
		return reply{}, err
	}
	var body network
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if body.Type == "" {
		body.Type = "bridge"
	}
	kind := slices.Index(networkTypes, body.Type)
	switch {
	case body.Name == "":
		return reply{}, fail(http.StatusBadRequest, "No name provided")
	case kind < 0:
		return reply{}, fail(http.StatusBadRequest, "Unknown driver")
	case strings.ContainsAny(body.Name, "/ "):
		return reply{}, fail(http.StatusBadRequest, "Network interface contains invalid characters")
	case len(body.Name) > 15:
		return reply{}, fail(http.StatusBadRequest, "Network interface is too long (maximum 15 characters)")
	case body.Type != "ovn" && project != 1:
		return reply{}, fail(http.StatusBadRequest, "Network type does not support non-default projects")
	case body.Type == "ovn" && c.query("target") != "":
		return reply{}, fail(http.StatusBadRequest, "Network type %q does not support member specific config", body.Type)
	}
	id := c.tx.number("SELECT id FROM networks WHERE project_id=? AND name=?", project, body.Name)
	insert := func(state, description string) int64 {
		return c.tx.insert("networks (project_id,name,description,state,type)", project, body.Name, description, state, kind)
	}
	if c.query("target") == "" {
		if err := c.checkNamed(body.Name, body.Type, named(body.Config)); err != nil {
			return reply{}, err
		}
	}
	switch {
	case c.query("target") != "":
		same := c.tx.number("SELECT type FROM networks WHERE id=?", id) == int64(kind)
		check := func() error { return checkNetwork(body.Name, body.Type, body.Config) }
		err = networkKind.define(c, id, same, body.Config, check, func() int64 { return insert(statePending, "") })
	case networkKind.inPhases(c, id):
		err = c.instantiateNetwork(id, body, insert)
	case id != 0:
		err = fail(http.StatusBadRequest, "The network already exists")
	default:
		err = c.createNetwork(body, insert)
	}
	if err != nil {
		return reply{}, err
	}
	return created("/1.0/networks/" + body.Name)
}

// instantiateNetwork is the second phase. LXD 5.0.2 drops the description of a network in a cluster.
func (c *call) instantiateNetwork(id int64, body network, insert func(state, description string) int64) error {
	for _, key := range sortedKeys(body.Config) {
		if networkKind.isMemberKey(key) {
			return fmt.Errorf("Config key %q is cluster member specific", key)
		}
	}
	if id == 0 && body.Type == "ovn" { // the server defines it on every member by itself
		id = insert(statePending, "")
		for _, m := range append(c.peers(), peerRow{id: c.at.id}) {
			networkKind.addMember(c.tx, id, m.id, statePending)
		}
	}
	if id == 0 {
		return errors.New(networkKind.text.nowhere)
	}
	if c.tx.number("SELECT type FROM networks WHERE id=?", id) != int64(slices.Index(networkTypes, body.Type)) {
		return errors.New(networkKind.text.otherType)
	}
	if err := networkKind.ready(c, id, body.Config); err != nil {
		return err
	}
	config := overlay(body.Config, nil)
	if networkKind.state(c.tx, id) != stateErrored {
		fillNetwork(body.Type, config)
	}
	return networkKind.instantiate(c, id, config, func(node int64) error {
		return checkPart(body.Name, body.Type, overlay(networkKind.global(c.tx, id), networkKind.ofMember(c.tx, id, node)))
	}, func() {})
}

func (c *call) createNetwork(body network, insert func(state, description string) int64) error {
	config := overlay(body.Config, nil)
	fillNetwork(body.Type, config)
	if err := checkPart(body.Name, body.Type, config); err != nil {
		return err
	}
	if err := c.world.faults.creating(c.at, networkKind.entity); err != nil {
		return err
	}
	id := insert(stateCreated, body.Description)
	global, member := networkKind.split(config)
	networkKind.putGlobal(c.tx, id, global)
	networkKind.addMember(c.tx, id, c.at.id, stateCreated)
	networkKind.putMember(c.tx, id, c.at.id, member)
	return c.tx.err
}

func (c *call) changeNetwork(before, body network) error {
	check := func(config map[string]string) error { return c.checkNamed(before.Name, before.Type, config) }
	return networkKind.change(c, before.id, body.Description, body.Config, check, "?project="+c.project())
}

// named are the keys by which a network names ACLs and zones.
func named(config map[string]string) map[string]string {
	out := map[string]string{}
	for _, key := range append([]string{"security.acls"}, zoneKeys...) {
		if value, ok := config[key]; ok {
			out[key] = value
		}
	}
	return out
}

// checkNamed is checkNetwork with a look at the ACLs and zones that are named.
func (c *call) checkNamed(name, kind string, config map[string]string) error {
	project, err := c.networkProject()
	if err != nil {
		return err
	}
	for _, key := range zoneKeys {
		for _, zone := range names(config[key]) {
			if c.tx.number("SELECT count(*) FROM networks_zones WHERE project_id=? AND name=?", project, zone) == 0 {
				return fmt.Errorf("Invalid value for network %q option %q: Network zone %q doesn't exist", name, key, zone)
			}
		}
	}
	for _, acl := range names(config["security.acls"]) {
		if !c.tx.hasACL(project, acl) {
			return fmt.Errorf("Network ACL %q does not exist", acl)
		}
	}
	return checkNetwork(name, kind, config)
}

func (c *call) removeNetwork(v network) error {
	return networkKind.remove(c, v.id, v.UsedBy, "?project="+c.project())
}

// networkUsers are the paths of what uses the network; nil when nothing does.
func (t *tx) networkUsers(name string) []string {
	condition := `d.type=1 AND c.key IN ('network','parent') AND c.value=?`
	return append(t.users("instances", condition, name), t.users("profiles", condition, name)...)
}
