package kinds

import "clusterctl/schema"

type placementEntry struct {
	Name        string            `yaml:"name" validate:"required,excludesall=/ "`
	Project     string            `yaml:"project"`
	Description string            `yaml:"description"`
	State       string            `yaml:"state" validate:"omitempty,oneof=present absent"`
	Config      map[string]string `yaml:"config"`
}

const kindPlacement schema.KindName = "placement_group"

// placementGroup describes how instances that name the group are spread over members (read on LXD 6.9).
func placementGroup() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name: kindPlacement, Title: "placement group", Plural: "placement_groups", Scope: schema.ScopeProject,
			Lifecycle: schema.Simple, Servers: schema.Versions{schema.LXD: {{From: "6.6"}}, schema.Incus: {}},
			Home: schema.HomeCluster, AtJoin: schema.LossRefused, Path: "/1.0/placement-groups",
			Attrs: []schema.Attr{{Name: "description"}}, Keys: keys("placement_group"),
			Tables: schema.Tables{Table: "placement_groups", Project: true,
				Columns: map[string]string{"description": "description"}, Owner: "placement_group_id",
				Config: "placement_groups_config"},
			Rank: 45,
		},
		Form: schema.FormOf(func(e *placementEntry) schema.Object {
			ref := schema.Ref{Kind: kindPlacement, Project: inProject(e.Project), Name: e.Name}
			return object(ref, e.State, map[string]string{"description": e.Description}, e.Config)
		}),
	}
}
