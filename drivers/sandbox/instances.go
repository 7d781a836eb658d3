package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"clusterctl/schema"
)

func instanceRoutes() []route {
	instances, one := at("/1.0/instances"), "/1.0/instances/{name}"
	return []route{{"POST", "/1.0/instances", trustClient, locked, with(instancesPost)},
		{"PUT", one, trustClient, locked, instanceChange}, {"PATCH", one, trustClient, locked, instanceChange},
		{"POST", one, trustClient, locked, about(instances, instanceMove)},
		{"GET", one + "/state", trustClient, locked, func(c *call) (reply, error) {
			v, err := instances(c).find(c)
			return reply{metadata: v.state()}, err
		}},
		{"PUT", one + "/state", trustClient, locked, about(instances, instanceStatePut)}}
}

// instance is what makes one, or changes it.
type instance struct {
	Name, Type, Description string
	Config                  map[string]string
	Devices                 map[string]map[string]string
	Profiles                []string
	Ephemeral               bool
}

// rootDisk is the device that is the root of an instance with these, with its name; nil where none is.
func rootDisk(devices map[string]map[string]string) (name string, device map[string]string) {
	for _, name := range sortedKeys(devices) {
		if d := devices[name]; d["type"] == "disk" && d["path"] == "/" && d["pool"] != "" {
			return name, d
		}
	}
	return "", nil
}

func (v stored) running() bool { return v.text("status") == "Running" }

// The power states.
const (
	powerKey = "volatile.last_state.power"
	powerOn  = "RUNNING"
	powerOff = "STOPPED"
)

var instanceTypes = []string{"container", "virtual-machine"} // in the order of the column type

// expanded are instances with the configuration and the devices that they have by their profiles, too.
func (c *call) expanded(found []stored) []stored {
	for i, v := range found {
		config, devices := c.tx.expand(c.tx.profilesOf(v.id), v.config(), v.devices())
		found[i] = v.with("expanded_config", config).with("expanded_devices", devices)
	}
	return found
}

// profilesOf are the profiles of an instance.
func (t *tx) profilesOf(instance int64) []int64 {
	return schema.Map(t.column("SELECT profile_id FROM instances_profiles WHERE instance_id=? ORDER BY apply_order",
		instance), t.int)
}

// expand lays the instance's own configuration and devices over those of its profiles, and of the server's where LXD
// knows instances.migration.stateful (lxd 5.21.7, what its API shows of containers too).
func (t *tx) expand(profiles []int64, ownConfig map[string]string, ownDevices map[string]map[string]string) (
	config map[string]string, devices map[string]map[string]string) {
	config, devices = map[string]string{}, map[string]map[string]string{}
	for _, profile := range profiles {
		maps.Copy(config, t.config("profiles_config", "profile_id", profile))
		maps.Copy(devices, t.devices("profiles", "profile", profile))
	}
	maps.Copy(config, ownConfig)
	maps.Copy(devices, ownDevices)
	const stateful = "migration.stateful"
	if value, set := t.text("SELECT value FROM config WHERE key='instances.migration.stateful'"); set &&
		config[stateful] == "" {
		config[stateful] = value
	}
	return config, devices
}

var instanceName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)

// instanceChange is asynchronous for a PUT and synchronous for a PATCH, and so are the refusals (measured).
func instanceChange(c *call) (reply, error) {
	k := c.kindAt("/1.0/instances")
	before, to, err := k.changed(c)
	if err != nil {
		return reply{}, err
	}
	var was, body instance
	if err := cmp.Or(before.into(&was), to.into(&body)); err != nil {
		return reply{}, err
	}
	if body.Profiles == nil {
		body.Profiles = was.Profiles
	}
	if slices.Contains(c.profileIDs(body.Profiles), 0) {
		return reply{}, fail(http.StatusNotFound, "Profile not found")
	}
	if err := c.checkInstanceChange(before, body); err != nil && c.Method == http.MethodPut {
		return reply{op: c.at.failed("Updating instance", err)}, nil
	} else if err != nil {
		return reply{}, err
	}
	err = cmp.Or(c.tx.storeInstance(before.id, c.profileProject(), body), k.refused(c, "AFTER", before.id))
	if err != nil {
		return reply{}, err
	}
	if c.Method == http.MethodPatch {
		return done(nil)
	}
	return reply{op: c.at.finished("Updating instance")}, nil
}

// checkInstanceChange refuses what the daemon refuses. It keeps nothing by itself: a PUT has to bring back the volatile
// keys, and only the map of the users is looked after.
func (c *call) checkInstanceChange(before stored, body instance) error {
	if err := checkInstanceConfig(c.world.server, body.Config); err != nil {
		return fmt.Errorf("Invalid config: %w", err)
	}
	if err := c.checkDevices(body.Devices); err != nil {
		return fmt.Errorf("Invalid devices: %w", err)
	}
	for key := range before.config() {
		isMap := strings.HasPrefix(key, "volatile.idmap.") || key == "volatile.last_state.idmap"
		if _, kept := body.Config[key]; isMap && !kept {
			return errors.New("Volatile idmap keys can't be deleted by the user")
		}
	}
	return c.checkExpanded(before, body)
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

// dropRoot removes the volume of an instance.
func (c *call) dropRoot(v stored) error {
	c.tx.exec(`DELETE FROM storage_volumes WHERE type IN (0,3) AND name=?
		AND project_id=(SELECT project_id FROM instances WHERE id=?)`, v.name, v.id)
	return nil
}

func (v stored) state() map[string]any {
	pid := 0
	if v.running() {
		pid = 1
	}
	return map[string]any{"status": v.fields["status"], "status_code": v.fields["status_code"], "pid": pid,
		"processes": pid, "network": nil, "disk": nil}
}

func instanceStatePut(c *call, view stored, body struct{ Action string }) (reply, error) {
	running := view.running()
	switch body.Action {
	case "start":
		if c.tx.number("SELECT state FROM nodes WHERE name=?", view.text("location")) == 2 {
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
