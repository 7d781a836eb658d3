package sandbox

import "encoding/json"

// fullInstances are instances with what is asked for by recursion=2; lists are null where there is nothing in them.
func (c *call) fullInstances(found []stored) []any {
	out := []any{}
	for _, v := range found {
		full := v.with("state", v.state()).with("snapshots", c.snapshots(v))
		out = append(out, c.dress("/1.0/instances full", v.id, full))
	}
	return out
}

// snapshots are those of an instance, with the profiles that it has now. Beside their own fields they have the
// instance's, but for those of which fields.tsv says otherwise.
func (c *call) snapshots(of stored) []any {
	var out []any
	for _, row := range c.tx.rows(c.world.server.Query("snapshots"), values([]any{"id", of.id})...) {
		id, own := c.tx.int(row[0]), map[string]json.RawMessage{}
		c.tx.refuse(json.Unmarshal(dated(row[1]), &own))
		view := stored{id: of.id, fields: overlay(of.fields, own)}.
			with("config", c.tx.config("instances_snapshots_config", "instance_snapshot_id", id)).
			with("devices", c.tx.devices("instances_snapshots", "instance_snapshot", id))
		out = append(out, c.dress("/1.0/instances snapshots", id, c.expanded([]stored{view})[0]))
	}
	return out
}
