package kinds

import (
	"cmp"
	"slices"

	"clusterctl/schema"
)

type peerEntry struct {
	Network       string            `yaml:"network" validate:"required,excludesall=/"`
	Name          string            `yaml:"name" validate:"required,excludesall=./ @%#,ne=internal,ne=external"`
	Project       string            `yaml:"project"`
	TargetNetwork string            `yaml:"target_network" validate:"required_unless=State absent,excludesall=/"`
	TargetProject string            `yaml:"target_project"`
	Description   string            `yaml:"description"`
	State         string            `yaml:"state" validate:"omitempty,oneof=present absent"`
	Config        map[string]string `yaml:"config"`
}

// networkPeer describes one side of a connection between two OVN networks: each has a peer that names the other. REST
// says in status whether both are there.
func networkPeer() schema.Kind {
	return schema.Kind{
		Spec: peerSpec(),
		Form: schema.FormOf(func(e *peerEntry) schema.Object {
			ref := schema.Ref{Kind: "network_peer", Project: inProject(e.Project), Name: childName(e.Network, e.Name)}
			attrs := map[string]string{"description": e.Description, "target_network": e.TargetNetwork}
			if e.TargetNetwork != "" {
				attrs["target_project"] = cmp.Or(e.TargetProject, ref.Project) // lxd 5.0.2, lxd/network/driver_ovn.go PeerCreate
			}
			return object(ref, e.State, attrs, e.Config)
		}),
		Names: func(o schema.Object) []schema.Reference {
			if o.Attrs["target_network"] == "" {
				return nil
			}
			return []schema.Reference{{Field: "attrs.target_network", Ref: peerTarget(o)}}
		},
		Check: checkPeer,
	}
}

func peerSpec() schema.Spec {
	// The network that has a peer with this one. A side whose other one is gone has no target any more (lxd 5.0.2,
	// lxd/db/network_peers.go GetNetworkPeers).
	const other = "FROM networks_peers x JOIN networks n ON n.id = x.network_id JOIN projects p ON p.id = n.project_id" +
		" WHERE x.network_id = o.target_network_id AND x.target_network_id = o.network_id"
	return schema.Spec{
		Name: "network_peer", Title: "network peer", Plural: "network_peers", Scope: schema.ScopeProject,
		Feature: "features.networks", Parent: schema.KindNetwork, ParentKey: "network", ParentFor: []string{"ovn"},
		Lifecycle: schema.Simple, Home: schema.HomeCluster, AtJoin: schema.LossRefused,
		Path: "/1.0/networks/{}/peers",
		Attrs: []schema.Attr{
			{Name: "description"}, {Name: "target_network", Immutable: true, Required: true},
			{Name: "target_project", Immutable: true},
		},
		Keys: keys("user"),
		Tables: schema.Tables{
			Table:   "networks_peers",
			Parent:  schema.Link{From: "network_id", Table: "networks", Key: "id", Value: "name"},
			Columns: map[string]string{"description": "description"},
			Derived: map[string]string{
				"target_network": "COALESCE(o.target_network_name, (SELECT n.name " + other + "))",
				"target_project": "COALESCE(o.target_network_project, (SELECT p.name " + other + "))",
			},
			Owner:  "network_peer_id",
			Config: "networks_peers_config",
		},
		Rank: 56,
	}
}

func peerTarget(o schema.Object) schema.Ref {
	return schema.Ref{Kind: schema.KindNetwork, Project: o.Attrs["target_project"], Name: o.Attrs["target_network"]}
}

// checkPeer refuses peers of networks that have none, and warns of one that has none on the other side.
func checkPeer(o schema.Object, want schema.Cluster, _ schema.Product) []schema.Problem {
	parent, _ := peerSpec().Split(o.Ref)
	own := schema.Ref{Kind: schema.KindNetwork, Project: o.Ref.Project, Name: parent}
	if n, declared := want.Get(own); declared && n.Attrs["type"] != "ovn" {
		return []schema.Problem{schema.Wrong(schema.CodeValue, "network",
			"cannot give network "+parent+" a peer: its type is "+n.Attrs["type"],
			"Network driver \""+n.Attrs["type"]+"\" does not support peering.", "use networks of type ovn")}
	}
	back := func(other schema.Object) bool {
		network, _ := peerSpec().Split(other.Ref)
		there := schema.Ref{Kind: schema.KindNetwork, Project: other.Ref.Project, Name: network}
		return other.State != schema.StateAbsent && there == peerTarget(o) && peerTarget(other) == own
	}
	if _, declared := want.Get(peerTarget(o)); !declared || slices.ContainsFunc(want.OfKind(o.Ref.Kind), back) {
		return nil
	}
	return []schema.Problem{{
		Severity: schema.SeverityWarning, Code: schema.CodeReference, Field: "attrs.target_network",
		Summary: "network peer " + o.Ref.Name + " has no other side",
		Detail:  "Two networks are connected when each has a peer that names the other; until then it is pending.",
		Hint: "add {network: " + o.Attrs["target_network"] + ", name: NAME, target_network: " + parent +
			"} to network_peers:",
	}}
}
