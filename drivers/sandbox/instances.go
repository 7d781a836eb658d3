package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"time"

	"clusterctl/schema"
)

func instances(*call) kind[instance] {
	return kind[instance]{path: "/1.0/instances", listed: instancesGet, read: (*call).instances,
		missing: notFound("Instance not found"), blank: func(before instance) instance {
			return instance{Description: before.Description, Ephemeral: before.Ephemeral,
				Config: overlay(before.Config, nil), Devices: overlay(before.Devices, nil)}
		}, table: "instances", remove: (*call).removeInstance, ends: "Deleting instance",
	}
}

func instanceRoutes() []route {
	one := "/1.0/instances/{name}"
	return append(instances(nil).routes(), route{"POST", "/1.0/instances", trustClient, locked, with(instancesPost)},
		route{"PUT", one, trustClient, locked, instanceChange}, route{"PATCH", one, trustClient, locked, instanceChange},
		route{"POST", one, trustClient, locked, about(instances, instanceMove)},
		route{"GET", one + "/state", trustClient, locked, instances(nil).one(instanceStateGet)},
		route{"PUT", one + "/state", trustClient, locked, about(instances, instanceStatePut)})
}

type instance struct {
	Name            string                       `json:"name"`
	Type            string                       `json:"type"`
	Description     string                       `json:"description"`
	Config          map[string]string            `json:"config"`
	Devices         map[string]map[string]string `json:"devices"`
	Profiles        []string                     `json:"profiles"`
	Ephemeral       bool                         `json:"ephemeral"`
	Architecture    string                       `json:"architecture"`
	CreatedAt       time.Time                    `json:"created_at"`
	LastUsedAt      time.Time                    `json:"last_used_at"`
	ExpandedConfig  map[string]string            `json:"expanded_config"`
	ExpandedDevices map[string]map[string]string `json:"expanded_devices"`
	Status          string                       `json:"status"`
	StatusCode      int                          `json:"status_code"`
	Location        string                       `json:"location"`
	Project         string                       `json:"project"`
	Stateful        bool                         `json:"stateful"`

	id int64
}

func (v instance) key() (int64, string) { return v.id, v.Name }

func (v instance) tag() any {
	return []any{v.Architecture, v.Config, v.Devices, v.Ephemeral, v.Profiles}
}

// rootDisk is the device that is its root, nil where it has none.
func (v instance) rootDisk() map[string]string {
	for _, name := range sortedKeys(v.ExpandedDevices) {
		if d := v.ExpandedDevices[name]; d["type"] == "disk" && d["path"] == "/" && d["pool"] != "" {
			return d
		}
	}
	return nil
}

func (v instance) running() bool { return v.StatusCode == codeRunning }

// The power states and their codes.
const (
	powerKey    = "volatile.last_state.power"
	powerOn     = "RUNNING"
	powerOff    = "STOPPED"
	codeStopped = 102
	codeRunning = 103
)

var instanceTypes = []string{"container", "virtual-machine"} // in the order of the column type

// instanceColumns are those that viewInstance reads.
const instanceColumns = `i.id,i.name,i.type,i.description,i.ephemeral,n.name,p.name,i.creation_date,i.architecture,
	i.last_use_date FROM instances i JOIN nodes n ON n.id=i.node_id JOIN projects p ON p.id=i.project_id`

// instances returns those of the project, or with ?all-projects those of all.
func (c *call) instances(name string) []instance {
	project := c.instanceProject()
	return each(c.tx, c.viewInstance, "SELECT "+instanceColumns+
		" WHERE (? OR i.project_id=?) AND ? IN ('',i.name) ORDER BY i.project_id,i.name",
		c.query("all-projects") == "true", project, name)
}

func (c *call) viewInstance(id int64, row []string) instance {
	view := instance{id: id, Name: row[0], Type: instanceTypes[c.tx.int(row[1])], Description: row[2],
		Ephemeral: row[3] == "1",
		Config:    c.tx.config("instances_config", "instance_id", id), Devices: c.tx.devices("instances", "instance", id),
		Profiles: c.tx.column(`SELECT p.name FROM instances_profiles ip JOIN profiles p ON p.id=ip.profile_id
			WHERE ip.instance_id=? ORDER BY ip.apply_order`, id),
		Architecture: map[string]string{"1": "i686", "2": "x86_64", "4": "aarch64"}[row[7]], CreatedAt: parseTime(row[6]), LastUsedAt: parseTime(row[8]), Location: row[4],
		Project: row[5],
		Status:  "Stopped", StatusCode: codeStopped}
	if !c.at.cluster.clustered {
		view.Location = "none"
	}
	if view.Config[powerKey] == powerOn {
		view.Status, view.StatusCode = "Running", codeRunning
	}
	view.ExpandedConfig, view.ExpandedDevices = c.tx.expand(c.tx.profilesOf(id), view)
	return view
}

// profilesOf are the profiles of an instance.
func (t *tx) profilesOf(instance int64) []int64 {
	return schema.Map(t.column("SELECT profile_id FROM instances_profiles WHERE instance_id=? ORDER BY apply_order",
		instance), t.int)
}

// expand lays the instance's own configuration and devices over those of its profiles, and of the server's where LXD
// knows instances.migration.stateful (lxd 5.21.7, what its API shows of containers too).
func (t *tx) expand(profiles []int64, body instance) (config map[string]string, devices map[string]map[string]string) {
	config, devices = map[string]string{}, map[string]map[string]string{}
	for _, profile := range profiles {
		maps.Copy(config, t.config("profiles_config", "profile_id", profile))
		maps.Copy(devices, t.devices("profiles", "profile", profile))
	}
	maps.Copy(config, body.Config)
	maps.Copy(devices, body.Devices)
	const stateful = "migration.stateful"
	if value, set := t.text("SELECT value FROM config WHERE key='instances.migration.stateful'"); set &&
		config[stateful] == "" {
		config[stateful] = value
	}
	return config, devices
}

// instancesGet lists the instances; the paths say of which project they are.
func instancesGet(c *call) (reply, error) {
	found := c.instances("")
	if c.query("recursion") == "2" {
		return ok(c.fullInstances(found))
	}
	if c.recursion() {
		return ok(instances(c).dressed(c, found))
	}
	paths := []string{}
	for _, v := range found {
		paths = append(paths, inProject("/1.0/instances/"+v.Name, v.Project))
	}
	return ok(paths)
}

var instanceName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)

// instanceChange is asynchronous for a PUT and synchronous for a PATCH, and so are the refusals (measured).
func instanceChange(c *call) (reply, error) {
	before, body, err := instances(c).changed(c)
	if err != nil {
		return reply{}, err
	}
	if body.Profiles == nil {
		body.Profiles = before.Profiles
	}
	project := c.profileProject()
	for _, name := range body.Profiles {
		if c.tx.profileID(project, name) == 0 {
			return reply{}, fail(http.StatusNotFound, "Profile not found")
		}
	}
	if err := c.checkInstanceChange(before, body); err != nil && c.Method == http.MethodPut {
		return reply{op: c.at.failed("Updating instance", err)}, nil
	} else if err != nil {
		return reply{}, err
	}
	if err := cmp.Or(c.tx.storeInstance(before.id, project, body), c.tx.stranded(before.id)); err != nil {
		return reply{}, err
	}
	if c.Method == http.MethodPatch {
		return done()
	}
	return reply{op: c.at.finished("Updating instance")}, nil
}

// checkInstanceChange refuses what the daemon refuses. It keeps nothing by itself: a PUT has to bring back the volatile
// keys, and only the map of the users is looked after.
func (c *call) checkInstanceChange(before, body instance) error {
	if err := checkInstanceConfig(c.world.server, body.Config); err != nil {
		return fmt.Errorf("Invalid config: %w", err)
	}
	if err := c.checkDevices(body.Devices); err != nil {
		return fmt.Errorf("Invalid devices: %w", err)
	}
	for key := range before.Config {
		isMap := strings.HasPrefix(key, "volatile.idmap.") || key == "volatile.last_state.idmap"
		if _, kept := body.Config[key]; isMap && !kept {
			return errors.New("Volatile idmap keys can't be deleted by the user")
		}
	}
	return nil
}

func (t *tx) storeInstance(id, profileProject int64, body instance) error {
	t.exec("UPDATE instances SET description=?,ephemeral=? WHERE id=?", body.Description, body.Ephemeral, id)
	t.putConfig("instances_config", "instance_id", id, body.Config)
	t.putDevices("instances", "instance", id, body.Devices)
	t.exec("DELETE FROM instances_profiles WHERE instance_id=?", id)
	for i, name := range body.Profiles {
		profile := t.profileID(profileProject, name)
		if profile == 0 {
			return fmt.Errorf("Requested profile %q doesn't exist", name)
		}
		t.insert("instances_profiles (instance_id,profile_id,apply_order)", id, profile, i+1)
	}
	return t.err
}

func (c *call) removeInstance(view instance) error {
	if view.running() {
		return fail(http.StatusBadRequest, "Instance is running")
	}
	c.tx.exec(`DELETE FROM storage_volumes WHERE type IN (0,3) AND name=?
		AND project_id=(SELECT project_id FROM instances WHERE id=?)`, view.Name, view.id)
	return nil
}

func instanceStateGet(_ *call, view instance) (reply, error) { return ok(view.state()) }

func (v instance) state() map[string]any {
	pid := 0
	if v.running() {
		pid = 1
	}
	return map[string]any{"status": v.Status, "status_code": v.StatusCode, "pid": pid, "processes": pid, "network": nil,
		"disk": nil}
}

func instanceStatePut(c *call, view instance, body struct{ Action string }) (reply, error) {
	running := view.running()
	switch body.Action {
	case "start":
		if c.tx.number("SELECT state FROM nodes WHERE name=?", view.Location) == 2 {
			return reply{}, fail(http.StatusForbidden, "Cluster member is evacuated")
		}
		if running {
			return reply{op: c.at.failed("Starting instance", errors.New("The instance is already running"))}, nil
		}
		c.tx.power(view.id, powerOn)
	case "stop", "restart":
		if !running {
			return reply{op: c.at.failed("Stopping instance", errors.New("The instance is already stopped"))}, nil
		}
		if body.Action == "stop" {
			c.tx.power(view.id, powerOff)
		}
	default:
		return reply{}, fail(http.StatusBadRequest, "Unknown action: '%s'", body.Action)
	}
	return reply{op: c.at.finished("Changing an instance's state")}, nil
}

func (t *tx) power(id int64, state string) {
	t.exec("DELETE FROM instances_config WHERE instance_id=? AND key=?", id, powerKey)
	t.insert("instances_config (instance_id,key,value)", id, powerKey, state)
}
