package kinds

import "clusterctl/schema"

// clusterLink describes links to other clusters, and replicator what copies projects over them. Both are shown and
// never touched: a link is made by two clusters together, with a token that one gives the other (read on LXD 6.9).
func clusterLink() schema.Kind {
	return schema.Kind{Spec: schema.Spec{
		Name: "cluster_link", Title: "cluster link", Plural: "cluster_links", Scope: schema.ScopeCluster,
		Lifecycle: schema.ReadOnly, Servers: schema.Versions{schema.LXD: {{From: "6.8"}}, schema.Incus: {}},
		Home: schema.HomeCluster, AtJoin: schema.LossRefused, Path: "/1.0/cluster/links",
		Attrs: []schema.Attr{{Name: "description"}, {Name: "type"}}, OpenKeys: true,
		Tables: schema.Tables{Table: "cluster_links",
			Columns: map[string]string{"description": "description", "type": "type"},
			Enums:   map[string][]string{"type": {"bidirectional", "unidirectional"}}, Owner: "cluster_link_id",
			Config: "cluster_links_config"},
		Rank: 91,
	}}
}

func replicator() schema.Kind {
	return schema.Kind{Spec: schema.Spec{
		Name: "replicator", Title: "replicator", Plural: "replicators", Scope: schema.ScopeProject,
		Lifecycle: schema.ReadOnly, Servers: schema.Versions{schema.LXD: {{From: "6.8"}}, schema.Incus: {}},
		Home: schema.HomeCluster, AtJoin: schema.LossRefused, Path: "/1.0/replicators",
		Attrs: []schema.Attr{{Name: "description"}}, OpenKeys: true,
		Tables: schema.Tables{Table: "replicators", Project: true, Columns: map[string]string{"description": "description"},
			Owner: "replicator_id", Config: "replicators_config"},
		Rank: 92,
	}}
}
