package kinds

import (
	"clusterctl/schema"
)

type networkEntry struct {
	Name        string            `yaml:"name" validate:"required,excludesall=/?&+:"`
	Project     string            `yaml:"project"`
	Type        string            `yaml:"type" validate:"omitempty,oneof=bridge macvlan sriov ovn physical"`
	Description string            `yaml:"description"`
	State       string            `yaml:"state" validate:"omitempty,oneof=present absent"`
	Config      map[string]string `yaml:"config"`
}

// network describes managed networks.
func network() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name: schema.KindNetwork, Title: "network", Lost: "its leases, and what it is made of on every member",
			Plural: "networks", Scope: schema.ScopeProject,
			Feature: "features.networks", Lifecycle: schema.Pending, Home: schema.HomeMember,
			AtJoin: schema.LossRefused, Path: "/1.0/networks", Listed: true, Init: true,
			Attrs: []schema.Attr{{Name: "type", Immutable: true, Default: "bridge"}, {Name: "description", Late: true}},
			Keys:  keys("network"), Variant: "type",
			Whole: []string{"ovn"}, // lxd 5.0.2, lxd/networks.go networksPost; measured
			Tables: schema.Tables{Table: "networks", Project: true,
				Columns: map[string]string{"type": "type", "description": "description"},
				Enums:   map[string][]string{"type": {"bridge", "macvlan", "sriov", "ovn", "physical"}}, State: true,
				Owner: "network_id", Config: "networks_config", ConfigByMember: true, Parts: "networks_nodes"},
			Rank: 50,
		},
		Form: schema.FormOf(networkObject), Names: networkNames, Check: checkNetwork,
	}
}

// networkObject fills in the type as lxd 5.0.2 does (lxd/networks.go networksPost): ovn in a project with
// networks of its own, bridge in the default one.
func networkObject(e *networkEntry) schema.Object {
	ref := schema.Ref{Kind: schema.KindNetwork, Project: inProject(e.Project), Name: e.Name}
	kind := e.Type
	switch {
	case kind != "":
	case ref.Project == schema.DefaultProject:
		kind = "bridge"
	default:
		kind = "ovn"
	}
	return object(ref, e.State, map[string]string{"type": kind, "description": e.Description}, e.Config)
}

// networkNames names the ACLs, the zones and the uplink of an OVN network, which is always in the default project.
func networkNames(o schema.Object) []schema.Reference {
	var refs []schema.Reference
	if uplink := o.Config["network"]; o.Attrs["type"] == "ovn" && uplink != "" && uplink != "none" {
		ref := schema.Ref{Kind: schema.KindNetwork, Project: schema.DefaultProject, Name: uplink}
		refs = append(refs, schema.Reference{Field: "config.network", Ref: ref})
	}
	refs = append(refs, named("config.security.acls", "network_acl", o, o.Config["security.acls"])...)
	for _, key := range []string{"dns.zone.forward", "dns.zone.reverse.ipv4", "dns.zone.reverse.ipv6"} {
		refs = append(refs, named("config."+key, "network_zone", o, o.Config[key])...)
	}
	return refs
}
