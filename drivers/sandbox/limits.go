package sandbox

import (
	"fmt"
	"slices"
	"strconv"
)

// summed are the limits of a project on what its instances have together: each of them has to say its own (lxd 5.0.2,
// lxd/project/permissions.go). Servers begin with any of them, as their maps are ordered.
var summed = []string{"limits.disk", "limits.cpu", "limits.memory", "limits.processes"}

// allowsInstance refuses one more instance than the project may have, and one that does not say what the project
// limits.
func (c *call) allowsInstance(project int64, body instancesBody) error {
	config := c.tx.config("projects_config", "project_id", project)
	kind := slices.Index(instanceTypes, body.Type)
	for _, count := range []struct{ key, of, query string }{
		{map[int]string{0: "limits.containers", 1: "limits.virtual-machines"}[kind], fmt.Sprintf(" of type %q", body.Type),
			"SELECT count(*) FROM instances WHERE project_id=? AND type=?"},
		{"limits.instances", "", "SELECT count(*) FROM instances WHERE project_id=? AND ? >= 0"}} {
		limit, err := strconv.ParseInt(config[count.key], 10, 64)
		if err == nil && c.tx.number(count.query, project, kind) >= limit {
			return fmt.Errorf("Reached maximum number of instances%s in project %q", count.of, c.project())
		}
	}
	own, devices := c.tx.expand(c.profileIDs(body.Profiles), body.Config, body.Devices)
	if err := saysLimits(config, c.project(), body.Name, own, devices); err != nil {
		return fmt.Errorf("Failed checking if instance creation allowed: Failed getting usage of project entities: %w", err)
	}
	return nil
}

// saysLimits refuses an instance that does not say what its project limits.
func saysLimits(limits map[string]string, project, name string, config map[string]string,
	devices map[string]map[string]string) error {
	for _, key := range summed {
		switch _, root := rootDisk(devices); {
		case limits[key] == "":
		case key != "limits.disk" && config[key] == "":
			return fmt.Errorf("Instance %q in project %q has no %q config, either directly or via a profile", name,
				project, key)
		case key != "limits.disk":
		case root == nil:
			return fmt.Errorf("Failed getting root disk device for instance %q in project %q: No root device could be found",
				name, project)
		case root["size"] == "":
			return fmt.Errorf("Instance %q in project %q has no \"size\" config set on the root device either directly or via"+
				" a profile", name, project)
		}
	}
	return nil
}

// roomFor refuses limits that the project's instances are beyond, or that need what they do not say.
func (c *call) roomFor(v, body stored) error {
	if v.id == 0 {
		return nil // it is new
	}
	instances := c.tx.rows("SELECT id,name,type FROM instances WHERE project_id=? ORDER BY id", v.id)
	config, before := body.config(), v.config()
	if limit, err := strconv.Atoi(config["limits.instances"]); err == nil && limit < len(instances) {
		return fmt.Errorf("Can't change limits.instances in project %q: \"limits.instances\" is too low: there currently are"+
			" %d total instances in project %q", v.name, len(instances), v.name)
	}
	changed := map[string]string{}
	for _, key := range summed {
		if config[key] != before[key] {
			changed[key] = config[key]
		}
	}
	totals, err := c.tx.volumeTotals(v.id, v.name, changed)
	if err != nil {
		return err
	}
	for _, row := range instances {
		id := c.tx.int(row[0])
		own, devices := c.tx.expand(c.tx.profilesOf(id), c.tx.config("instances_config", "instance_id", id),
			c.tx.devices("instances", "instance", id))
		if err := saysLimits(changed, v.name, row[1], own, devices); err != nil {
			return err
		}
		for _, key := range sortedKeys(changed) {
			totals[key] += has(key, own, devices, row[2] == "1")
		}
	}
	return tooLow(changed, totals)
}
