package kinds

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"clusterctl/schema"
)

// aclRule is a rule as LXD's API has it (lxd 5.0.2, shared/api/network_acl.go).
type aclRule struct {
	Action          string `yaml:"action" json:"action" validate:"required,acl_action"`
	Source          string `yaml:"source" json:"source"`
	Destination     string `yaml:"destination" json:"destination"`
	Protocol        string `yaml:"protocol" json:"protocol" validate:"omitempty,oneof=icmp4 icmp6 tcp udp"`
	SourcePort      string `yaml:"source_port" json:"source_port"`
	DestinationPort string `yaml:"destination_port" json:"destination_port"`
	ICMPType        string `yaml:"icmp_type" json:"icmp_type"`
	ICMPCode        string `yaml:"icmp_code" json:"icmp_code"`
	Description     string `yaml:"description" json:"description"`
	State           string `yaml:"state" json:"state" validate:"omitempty,oneof=enabled disabled logged" help:"Whether it counts, and is logged."`
}

// aclNames names the ACLs and, with "$", the address sets that the rules let in or out. A subject that is no address is
// an ACL, or begins with "@", and has to be there (lxd 5.0.2, lxd/network/acl/driver_common.go validateRuleSubjects).
func aclNames(o schema.Object) []schema.Reference {
	var refs []schema.Reference
	for _, field := range []string{"ingress", "egress"} {
		for _, rule := range items[aclRule](o, field) {
			subjects := map[string]string{"ingress": rule.Source, "egress": rule.Destination}[field]
			for _, ref := range named("attrs."+field, "network_acl", o, subjects) {
				address, _, _ := strings.Cut(ref.Ref.Name, "/")
				address, _, _ = strings.Cut(address, "-")
				_, err := netip.ParseAddr(address)
				if set, ok := strings.CutPrefix(ref.Ref.Name, "$"); ok {
					ref.Ref.Kind, ref.Ref.Name = "network_address_set", set
				}
				if err != nil && !strings.HasPrefix(ref.Ref.Name, "@") && ref.Ref != o.Ref {
					refs = append(refs, ref)
				}
			}
		}
	}
	return refs
}

// enabled gives a rule the state that lxc gives it, LXD itself wants one to be said, and the form that LXD gives its
// lists and its description (lxd 5.0.2, shared/api/network_acl.go Normalise).
func enabled(rule aclRule) aclRule {
	rule.State = cmp.Or(rule.State, "enabled")
	for _, list := range []*string{&rule.Source, &rule.Destination, &rule.SourcePort, &rule.DestinationPort} {
		*list = schema.ListForm(*list)
	}
	rule.Description = strings.TrimSpace(rule.Description)
	return rule
}

type recordValue struct {
	Type  string `yaml:"type" json:"type" validate:"required"`
	TTL   int    `yaml:"ttl" json:"ttl" validate:"omitempty,min=0"`
	Value string `yaml:"value" json:"value" validate:"required"`
}

// checkRecord refuses a name that a record of another zone has: the database takes each name once, whatever its zone
// ("UNIQUE constraint failed: networks_zones_records.name", measured on lxd 5.0.2; its tables are the same in Incus
// 6.0).
func checkRecord(o schema.Object, want schema.Cluster, product schema.Product) []schema.Problem {
	_, name, _ := strings.Cut(o.Ref.Name, "/")
	for _, other := range want.OfKind(o.Ref.Kind) {
		if other.State == schema.StateAbsent || other.Ref.Compare(o.Ref) >= 0 {
			continue // the later one is told, once
		}
		if zone, taken, _ := strings.Cut(other.Ref.Name, "/"); taken == name {
			return []schema.Problem{schema.Wrong(schema.CodeDuplicate, "",
				"cannot make record "+name+" in "+o.Ref.Name[:len(o.Ref.Name)-len(name)-1]+": zone "+
					zone+" has one of that name", product.Title()+
					" takes the name of a record once, in whichever zone.",
				"use another name, or one zone")}
		}
	}
	return nil
}

type forwardPort struct {
	Protocol      string `yaml:"protocol" json:"protocol" validate:"required,oneof=tcp udp"`
	ListenPort    string `yaml:"listen_port" json:"listen_port" validate:"required"`
	TargetPort    string `yaml:"target_port" json:"target_port"`
	TargetAddress string `yaml:"target_address" json:"target_address" validate:"required"`
	Description   string `yaml:"description" json:"description"`
	Snat          bool   `yaml:"snat" json:"snat" validate:"incus_alone"`
}

func forwardPortForm(p forwardPort) forwardPort {
	p.ListenPort, p.TargetPort = schema.ListForm(p.ListenPort), schema.ListForm(p.TargetPort)
	p.TargetAddress, p.Description = schema.ListForm(p.TargetAddress), strings.TrimSpace(p.Description)
	return p
}

// checkForward wants the address in the form in which LXD keeps it (lxd 5.0.2, lxd/network/driver_common.go
// forwardValidate).
func checkForward(o schema.Object, _ schema.Cluster, product schema.Product) []schema.Problem {
	_, listen, _ := strings.Cut(o.Ref.Name, "/")
	ip, err := netip.ParseAddr(listen)
	if err == nil && ip.String() == listen {
		return nil
	}
	p := schema.Problem{Severity: schema.SeverityError, Code: schema.CodeValue,
		Summary: "cannot forward from " + listen, Detail: "Not an IP address.",
		Hint: "write an address such as 192.0.2.10"}
	if err == nil {
		p.Detail, p.Hint = product.Title()+" writes this address "+ip.String()+".", "write "+ip.String()
	}
	return []schema.Problem{p}
}

// completePeer names the project of the other network, its own where none is said (lxd 5.0.2, lxd/network/driver_ovn.go
// PeerCreate).
func completePeer(said map[string]string) {
	if said["target_network"] == "" {
		delete(said, "target_project")
		return
	}
	said["target_project"] = cmp.Or(said["target_project"], said["project"])
}

func peerNames(o schema.Object) []schema.Reference {
	if o.Attrs["target_network"] == "" {
		return nil
	}
	return []schema.Reference{{Field: "attrs.target_network", Ref: peerTarget(o)}}
}

func peerTarget(o schema.Object) schema.Ref {
	return schema.Ref{Kind: schema.KindNetwork, Project: o.Attrs["target_project"], Name: o.Attrs["target_network"]}
}

// checkPeer refuses peers of networks that have none, and warns of one that has none on the other side.
func checkPeer(o schema.Object, want schema.Cluster, _ schema.Product) []schema.Problem {
	parent, _, _ := strings.Cut(o.Ref.Name, "/")
	own := schema.Ref{Kind: schema.KindNetwork, Project: o.Ref.Project, Name: parent}
	if n, declared := want.Get(own); declared && n.Attrs["type"] != "ovn" {
		return []schema.Problem{schema.Wrong(schema.CodeValue, "network",
			"cannot give network "+parent+" a peer: its type is "+n.Attrs["type"],
			"Network driver \""+n.Attrs["type"]+"\" does not support peering.", "use networks of type ovn")}
	}
	back := func(other schema.Object) bool {
		network, _, _ := strings.Cut(other.Ref.Name, "/")
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
