package sandbox

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

func instanceRoutes() []route {
	return []route{
		{"GET", "/1.0/instances", trustClient, locked, instancesGet},
		{"POST", "/1.0/instances", trustClient, locked, instancesPost},
		{"GET", "/1.0/instances/{name}", trustClient, locked, instanceGet},
		{"PUT", "/1.0/instances/{name}", trustClient, locked, instanceChange},
		{"PATCH", "/1.0/instances/{name}", trustClient, locked, instanceChange},
		{"POST", "/1.0/instances/{name}", trustClient, locked, instanceMove},
		{"DELETE", "/1.0/instances/{name}", trustClient, locked, instanceDelete},
		{"GET", "/1.0/instances/{name}/state", trustClient, locked, instanceStateGet},
		{"PUT", "/1.0/instances/{name}/state", trustClient, locked, instanceStatePut},
	}
}

type instanceBody struct {
	Name        string                       `json:"name"`
	Type        string                       `json:"type"`
	Description string                       `json:"description"`
	Config      map[string]string            `json:"config"`
	Devices     map[string]map[string]string `json:"devices"`
	Profiles    []string                     `json:"profiles"`
	Ephemeral   bool                         `json:"ephemeral"`
}

type instanceView struct {
	instanceBody
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
}

func (v instanceView) tag() any {
	return []any{v.Architecture, v.Config, v.Devices, v.Ephemeral, v.Profiles}
}

// The power states and their codes.
const (
	powerKey    = "volatile.last_state.power"
	powerOn     = "RUNNING"
	powerOff    = "STOPPED"
	codeStopped = 102
	codeRunning = 103
)

var instanceTypes = []string{"container", "virtual-machine"} // in the order of the column type

func (c *call) viewInstance(project int64, name string) (instanceView, int64, error) {
	row := c.tx.row(`SELECT i.id,i.name,i.type,i.description,i.ephemeral,n.name,p.name,i.creation_date,i.architecture FROM instances i JOIN nodes n ON n.id=i.node_id
		JOIN projects p ON p.id=i.project_id WHERE i.project_id=? AND i.name=?`, project, name)
	if row == nil {
		return instanceView{}, 0, fail(http.StatusNotFound, "Instance not found")
	}
	id, err := strconv.ParseInt(row[0], 10, 64)
	if err != nil {
		return instanceView{}, 0, err
	}
	kind, err := strconv.Atoi(row[2])
	if err != nil {
		return instanceView{}, 0, err
	}
	view := instanceView{instanceBody: instanceBody{Name: row[1], Type: instanceTypes[kind], Description: row[3], Ephemeral: row[4] == "1",
		Config: c.tx.config("instances_config", "instance_id", id), Devices: c.tx.devices("instances", "instance", id),
		Profiles: c.tx.column("SELECT p.name FROM instances_profiles ip JOIN profiles p ON p.id=ip.profile_id WHERE ip.instance_id=? ORDER BY ip.apply_order", id)},
		Architecture: architectures[row[8]], CreatedAt: parseTime(row[7]), Location: row[5], Project: row[6],
		Status: "Stopped", StatusCode: codeStopped}
	if !c.at.cluster.clustered {
		view.Location = "none"
	}
	if view.Config[powerKey] == powerOn {
		view.Status, view.StatusCode = "Running", codeRunning
	}
	view.ExpandedConfig, view.ExpandedDevices = c.expand(id, view.instanceBody)
	return view, id, nil
}

// expand lays the instance's own configuration and devices over those of its profiles.
func (c *call) expand(id int64, body instanceBody) (config map[string]string, devices map[string]map[string]string) {
	config, devices = map[string]string{}, map[string]map[string]string{}
	for _, p := range c.tx.column("SELECT profile_id FROM instances_profiles WHERE instance_id=? ORDER BY apply_order", id) {
		profile, err := strconv.ParseInt(p, 10, 64)
		c.tx.note(err, "reading a profile's id")
		maps.Copy(config, c.tx.config("profiles_config", "profile_id", profile))
		maps.Copy(devices, c.tx.devices("profiles", "profile", profile))
	}
	maps.Copy(config, body.Config)
	maps.Copy(devices, body.Devices)
	return config, devices
}

func (c *call) instanceProject() (int64, error) {
	return c.tx.project(c.project(), "")
}

func instancesGet(c *call) (reply, error) {
	if c.query("all-projects") == "true" {
		views := []instanceView{}
		for _, row := range c.tx.rows("SELECT project_id,name FROM instances ORDER BY project_id,name") {
			project, err := strconv.ParseInt(row[0], 10, 64)
			if err != nil {
				return reply{}, err
			}
			view, _, err := c.viewInstance(project, row[1])
			if err != nil {
				return reply{}, err
			}
			views = append(views, view)
		}
		return ok(views)
	}
	project, err := c.instanceProject()
	if err != nil {
		return reply{}, err
	}
	names := c.tx.column("SELECT name FROM instances WHERE project_id=? ORDER BY name", project)
	if !c.recursion() {
		paths := []string{}
		for _, name := range names {
			paths = append(paths, inProject("/1.0/instances/"+name, c.project()))
		}
		return ok(paths)
	}
	return list(c, "instances", names, func(name string) instanceView {
		view, _, err := c.viewInstance(project, name)
		c.tx.note(err, "reading an instance")
		return view
	})
}

func (c *call) instance() (instanceView, int64, error) {
	project, err := c.instanceProject()
	if err != nil {
		return instanceView{}, 0, err
	}
	return c.viewInstance(project, c.params["name"])
}

func instanceGet(c *call) (reply, error) {
	view, _, err := c.instance()
	return reply{metadata: view, etag: view.tag()}, err
}

var instanceName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)

// instanceChange is asynchronous for a PUT and synchronous for a PATCH, and so are the refusals (measured).
func instanceChange(c *call) (reply, error) {
	before, id, err := c.instance()
	if err != nil {
		return reply{}, err
	}
	if err := c.checkETag(before.tag()); err != nil {
		return reply{}, err
	}
	body := instanceBody{Profiles: before.Profiles}
	if c.Method == http.MethodPatch {
		body.Description, body.Ephemeral = before.Description, before.Ephemeral
	}
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if c.Method == http.MethodPatch {
		body.Config = overlay(before.Config, body.Config)
		devices := maps.Clone(before.Devices)
		maps.Copy(devices, body.Devices)
		body.Devices = devices
	}
	project, err := c.profileProject()
	if err != nil {
		return reply{}, err
	}
	for _, name := range body.Profiles {
		if c.tx.profileID(project, name) == 0 {
			return reply{}, fail(http.StatusNotFound, "Profile not found")
		}
	}
	if err := c.checkInstanceChange(before, body); err != nil && c.Method == http.MethodPut {
		return reply{op: c.at.failed("Updating instance", err.Error())}, nil
	} else if err != nil {
		return reply{}, err
	}
	if err := c.tx.storeInstance(id, project, body); err != nil {
		return reply{}, err
	}
	if c.Method == http.MethodPatch {
		return done()
	}
	return reply{op: c.at.finished("Updating instance")}, nil
}

// checkInstanceChange refuses what the daemon refuses. It keeps nothing by itself: a PUT has to bring back the volatile
// keys, and only the map of the users is looked after.
func (c *call) checkInstanceChange(before instanceView, body instanceBody) error {
	if err := checkInstanceConfig(body.Config); err != nil {
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

func (t *tx) storeInstance(id, profileProject int64, body instanceBody) error {
	t.exec("UPDATE instances SET description=?,ephemeral=? WHERE id=?", body.Description, body.Ephemeral, id)
	t.putConfig("instances_config", "instance_id", id, body.Config)
	t.putDevices("instances", "instance", id, body.Devices)
	t.exec("DELETE FROM instances_profiles WHERE instance_id=?", id)
	for i, name := range body.Profiles {
		profile := t.profileID(profileProject, name)
		if profile == 0 {
			return fmt.Errorf("Requested profile %q doesn't exist", name)
		}
		t.exec("INSERT INTO instances_profiles (instance_id,profile_id,apply_order) VALUES (?,?,?)", id, profile, i+1)
	}
	return t.err
}

func instanceDelete(c *call) (reply, error) {
	view, id, err := c.instance()
	if err != nil {
		return reply{}, err
	}
	if view.Status == "Running" {
		return reply{}, fail(http.StatusBadRequest, "Instance is running")
	}
	c.tx.exec("DELETE FROM storage_volumes WHERE type IN (0,3) AND name=? AND project_id=(SELECT project_id FROM instances WHERE id=?)", c.params["name"], id)
	c.tx.exec("DELETE FROM instances WHERE id=?", id)
	return reply{op: c.at.finished("Deleting instance")}, nil
}

func instanceStateGet(c *call) (reply, error) {
	view, _, err := c.instance()
	if err != nil {
		return reply{}, err
	}
	pid := 0
	if view.Status == "Running" {
		pid = 1
	}
	return ok(map[string]any{"status": view.Status, "status_code": view.StatusCode, "pid": pid, "processes": pid, "network": nil, "disk": nil})
}

func instanceStatePut(c *call) (reply, error) {
	view, id, err := c.instance()
	if err != nil {
		return reply{}, err
	}
	var body struct {
		Action string `json:"action"`
	}
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	running := view.Status == "Running"
	switch body.Action {
	case "start":
		if running {
			return reply{op: c.at.failed("Starting instance", "The instance is already running")}, nil
		}
		c.tx.power(id, powerOn)
	case "stop", "restart":
		if !running {
			return reply{op: c.at.failed("Stopping instance", "The instance is already stopped")}, nil
		}
		if body.Action == "stop" {
			c.tx.power(id, powerOff)
		}
	default:
		return reply{}, fail(http.StatusBadRequest, "Unknown action: '%s'", body.Action)
	}
	return reply{op: c.at.finished("Changing an instance's state")}, nil
}

func (t *tx) power(id int64, state string) {
	t.exec("DELETE FROM instances_config WHERE instance_id=? AND key=?", id, powerKey)
	t.exec("INSERT INTO instances_config (instance_id,key,value) VALUES (?,?,?)", id, powerKey, state)
}
