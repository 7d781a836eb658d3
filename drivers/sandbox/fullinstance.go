package sandbox

import "time"

// fullInstance is an instance with what is asked for by recursion=2; lists are null where there is nothing in them.
type fullInstance struct {
	instance
	State     map[string]any `json:"state"`
	Snapshots []any          `json:"snapshots"`
}

// snapshot is one of an instance; its size is not computed in the sandbox, as on pools of type dir.
type snapshot struct {
	Name            string                       `json:"name"`
	Description     string                       `json:"description"`
	Architecture    string                       `json:"architecture"`
	Config          map[string]string            `json:"config"`
	Devices         map[string]map[string]string `json:"devices"`
	Profiles        []string                     `json:"profiles"`
	Ephemeral       bool                         `json:"ephemeral"`
	CreatedAt       time.Time                    `json:"created_at"`
	ExpiresAt       time.Time                    `json:"expires_at"`
	LastUsedAt      time.Time                    `json:"last_used_at"`
	ExpandedConfig  map[string]string            `json:"expanded_config"`
	ExpandedDevices map[string]map[string]string `json:"expanded_devices"`
	Stateful        bool                         `json:"stateful"`
	Size            int64                        `json:"size"`
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
		id := c.tx.int(row[0])
		view := snapshot{Name: row[1], Description: row[2], CreatedAt: parseTime(row[3]), ExpiresAt: parseTime(row[4]),
			Stateful: row[5] == "1", Size: -1, Architecture: of.Architecture, Profiles: of.Profiles, Ephemeral: of.Ephemeral,
			Config:  c.tx.config("instances_snapshots_config", "instance_snapshot_id", id),
			Devices: c.tx.devices("instances_snapshots", "instance_snapshot", id)}
		view.ExpandedConfig, view.ExpandedDevices = c.tx.expand(c.tx.profilesOf(of.id),
			instance{Config: view.Config, Devices: view.Devices})
		out = append(out, c.dress("/1.0/instances snapshots", id, view))
	}
	return out
}
