package rows

import (
	"maps"
	"slices"

	"clusterctl/schema"
)

// memberRows writes the members of a cluster, which come after the groups that they are in and before all else that
// they have a part of.
func (w *writing) memberRows(live schema.Cluster) {
	if w.standalone {
		return
	}
	w.exec("DELETE FROM nodes")
	for _, member := range live.Facts.MemberOrder() {
		w.memberRow(member, live)
	}
}

func (w *writing) memberRow(member string, live schema.Cluster) {
	facts := live.Facts.Members[member]
	o, _ := live.Get(schema.Ref{Kind: schema.KindMember, Name: member})
	row := map[string]any{"name": member, "address": facts.Address, "description": o.Attrs["description"],
		"state": max(slices.Index(memberStates, facts.State), 0), "schema": facts.Schema, "api_extensions": facts.Extensions,
		"heartbeat": w.now.Add(-facts.HeartbeatAge), "arch": max(slices.Index(architectures, facts.Architecture), 1)}
	if domain := o.Attrs["failure_domain"]; domain != "" && domain != "default" {
		id := w.idOf("nodes_failure_domains", "", domain)
		if id == 0 {
			id = w.insert("nodes_failure_domains", map[string]any{"name": domain})
			w.note("nodes_failure_domains", schema.Ref{Name: domain}, id)
		}
		row["failure_domain_id"] = id
	}
	id := w.insert("nodes", row)
	w.members[member] = id
	for _, group := range o.Lists["groups"] {
		if of := w.idOf("cluster_groups", "", group); of != 0 {
			w.insert("nodes_cluster_groups", map[string]any{"node_id": id, "group_id": of})
		}
	}
	for _, role := range o.Lists["roles"] {
		w.insert("nodes_roles", map[string]any{"node_id": id, "role": numberFor(memberRoles, role)})
	}
	for _, key := range slices.Sorted(maps.Keys(o.Config)) {
		w.insert("nodes_config", map[string]any{"node_id": id, "key": key, "value": o.Config[key]})
	}
}

// copies writes which members have a copy of which image; one that no alias leads to is in the default project.
func (w *writing) copies(images map[string][]string) {
	if w.layout["images"] == nil || w.layout["images_nodes"] == nil {
		return
	}
	for _, fingerprint := range slices.Sorted(maps.Keys(images)) {
		var known int
		w.fail(w.db.QueryRowContext(w.ctx, "SELECT count(*) FROM images WHERE fingerprint = ?", fingerprint).Scan(&known),
			"looking for an image")
		if known == 0 {
			w.insert("images", map[string]any{"fingerprint": fingerprint, "architecture": 2,
				"project_id": w.idOf("projects", "", schema.DefaultProject)})
		}
		for _, member := range images[fingerprint] {
			w.exec("INSERT INTO images_nodes (image_id, node_id) SELECT id, ? FROM images WHERE fingerprint = ?",
				w.node(member), fingerprint)
		}
	}
}
