package kinds

import "clusterctl/schema"

type integrationEntry struct {
	Name        string            `yaml:"name" validate:"required,excludesall=/ "`
	Type        string            `yaml:"type" validate:"required_unless=State absent,omitempty,oneof=ovn"`
	Description string            `yaml:"description"`
	State       string            `yaml:"state" validate:"omitempty,oneof=present absent"`
	Config      map[string]string `yaml:"config"`
}

// networkIntegration describes connections to other OVN deployments (read on Incus 6.0.4 and 7.0.2).
func networkIntegration() schema.Kind {
	const name schema.KindName = "network_integration"
	return schema.Kind{
		Spec: schema.Spec{
			Name: name, Title: "network integration", Plural: "network_integrations", Scope: schema.ScopeCluster,
			Lifecycle: schema.Simple, Servers: schema.Versions{schema.LXD: {}, schema.Incus: {{From: "0.7"}}},
			Home: schema.HomeCluster, AtJoin: schema.LossRefused, Path: "/1.0/network-integrations",
			Attrs: []schema.Attr{{Name: "description"}, {Name: "type", Immutable: true}},
			Keys:  keys("network_integration"),
			Tables: schema.Tables{Table: "networks_integrations",
				Columns: map[string]string{"description": "description", "type": "type"},
				Enums:   map[string][]string{"type": {"ovn"}}, Owner: "network_integration_id",
				Config: "networks_integrations_config"},
			Rank: 43,
		},
		Form: schema.FormOf(func(e *integrationEntry) schema.Object {
			attrs := map[string]string{"description": e.Description, "type": e.Type}
			return object(schema.Ref{Kind: name, Name: e.Name}, e.State, attrs, e.Config)
		}),
	}
}
