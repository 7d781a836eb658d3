package kinds

import "clusterctl/schema"

type addressSetEntry struct {
	Name        string            `yaml:"name" validate:"required,excludesall=/ $@"`
	Project     string            `yaml:"project"`
	Description string            `yaml:"description"`
	State       string            `yaml:"state" validate:"omitempty,oneof=present absent"`
	Config      map[string]string `yaml:"config"`
	Addresses   []string          `yaml:"addresses" validate:"dive,required"`
}

const kindAddressSet schema.KindName = "network_address_set"

// addressSet describes named sets of addresses that rules of ACLs name with "$" (read on Incus 7.0.2).
func addressSet() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name: kindAddressSet, Title: "network address set", Lost: "its addresses", Plural: "network_address_sets",
			Scope:   schema.ScopeProject,
			Feature: "features.networks", Lifecycle: schema.Simple,
			Servers: schema.Versions{schema.LXD: {}, schema.Incus: {{From: "6.12"}}},
			Home:    schema.HomeCluster, AtJoin: schema.LossRefused, Path: "/1.0/network-address-sets",
			Attrs: []schema.Attr{{Name: "description"}, {Name: "addresses", JSON: true, Default: "[]"}}, Keys: keys("user"),
			Tables: schema.Tables{Table: "networks_address_sets", Project: true,
				Columns: map[string]string{"description": "description", "addresses": "addresses"},
				Owner:   "network_address_set_id", Config: "networks_address_sets_config"},
			Told: schema.ToldInUse, Rank: 44,
		},
		Form: schema.FormOf(func(e *addressSetEntry) schema.Object {
			attrs := map[string]string{"description": e.Description,
				"addresses": listText(schema.Map(e.Addresses, schema.ListForm))}
			ref := schema.Ref{Kind: kindAddressSet, Project: inProject(e.Project), Name: e.Name}
			return object(ref, e.State, attrs, e.Config)
		}),
	}
}
