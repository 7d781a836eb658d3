package kinds

import "clusterctl/schema"

type groupEntry struct {
	Name        string            `yaml:"name" validate:"required,excludesall=/ _'\"*,ne=.,ne=.."`
	Description string            `yaml:"description"`
	State       string            `yaml:"state" validate:"omitempty,oneof=present absent"`
	Config      map[string]string `yaml:"config"`
}

// clusterGroup describes cluster groups. Which members are in a group is said by the members: LXD 5.0.2
// lets a write to the group leave a member in no group at all.
func clusterGroup() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name: schema.KindGroup, Title: "cluster group", Plural: "cluster_groups", Scope: schema.ScopeCluster,
			Lifecycle: schema.Simple, Home: schema.HomeCluster, AtJoin: schema.LossNone,
			Path: "/1.0/cluster/groups", Listed: true, Attrs: []schema.Attr{{Name: "description"}}, Builtin: []string{"default"},
			Keys: keys("cluster_group"),
			Tables: schema.Tables{
				Table:   "cluster_groups",
				Columns: map[string]string{"description": "description"},
				Later: []schema.Tables{{Table: "cluster_groups", Columns: map[string]string{"description": "description"},
					Owner: "cluster_group_id", Config: "cluster_groups_config"}}, // read on Incus 7.0.2
			},
			Rank: 20,
		},
		New: func() any { return &groupEntry{} },
		Object: func(entry any) schema.Object {
			e := entry.(*groupEntry)
			ref := schema.Ref{Kind: schema.KindGroup, Name: e.Name}
			return object(ref, e.State, map[string]string{"description": e.Description}, e.Config)
		},
	}
}
