package sandbox

import "time"

// fullInstance is an instance with what is asked for by recursion=2; lists are null where there is nothing in them.
type fullInstance struct {
	instance
	State     map[string]any `json:"state"`
	Snapshots []any          `json:"snapshots"`
}

// snapshot is one of an instance, which fields.tsv strips of what a snapshot has not; its size is not computed in the
// sandbox, as on pools of type dir.
type snapshot struct {
	instance
	ExpiresAt time.Time `json:"expires_at"`
	Size      int64     `json:"size"`
}

func (c *call) fullInstances(found []instance) []any {
	out := []any{}
	for _, v := range found {
		out = append(out, c.dress("/1.0/instances full", v.id, fullInstance{v, v.state(), c.snapshots(v)}))
	}
	return out
}

// snapshots are those of an instance, with the profiles that it has now.
func (c *call) snapshots(of instance) []any {
	var out []any
	for _, row := range c.tx.rows("SELECT id,name,description,creation_date,expiry_date,stateful FROM "+
		"instances_snapshots WHERE instance_id=? ORDER BY creation_date,id", of.id) {
		id, view := c.tx.int(row[0]), snapshot{of, parseTime(row[4]), -1}
		view.Name, view.Description, view.CreatedAt, view.Stateful = row[1], row[2], parseTime(row[3]), row[5] == "1"
		view.LastUsedAt = time.Time{}
		view.Config = c.tx.config("instances_snapshots_config", "instance_snapshot_id", id)
		view.Devices = c.tx.devices("instances_snapshots", "instance_snapshot", id)
		view.ExpandedConfig, view.ExpandedDevices = c.tx.expand(c.tx.profilesOf(of.id), view.instance)
		out = append(out, c.dress("/1.0/instances snapshots", id, view))
	}
	return out
}
