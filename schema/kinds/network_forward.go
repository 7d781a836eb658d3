package kinds

import (
	"net/netip"
	"slices"
	"strings"

	"clusterctl/schema"
)

type forwardEntry struct {
	Network       string            `yaml:"network" validate:"required,excludesall=/"`
	ListenAddress string            `yaml:"listen_address" validate:"required,excludesall=/ "`
	Project       string            `yaml:"project"`
	Description   string            `yaml:"description"`
	Target        string            `yaml:"target" validate:"omitempty,excludesall=/ ,startsnotwith=@"`
	State         string            `yaml:"state" validate:"omitempty,oneof=present absent"`
	Config        map[string]string `yaml:"config"`
	Ports         []forwardPort     `yaml:"ports" validate:"dive"`
}

type forwardPort struct {
	Protocol      string `yaml:"protocol" json:"protocol" validate:"required,oneof=tcp udp"`
	ListenPort    string `yaml:"listen_port" json:"listen_port" validate:"required"`
	TargetPort    string `yaml:"target_port" json:"target_port"`
	TargetAddress string `yaml:"target_address" json:"target_address" validate:"required"`
	Description   string `yaml:"description" json:"description"`
	Snat          bool   `yaml:"snat" json:"snat" validate:"incus_alone"`
}

// networkForward describes addresses whose traffic is passed on to addresses within a network. On a bridge each belongs
// to a member, on an OVN network to nobody.
func networkForward() schema.Kind {
	return schema.Kind{
		Spec: forwardSpec(),
		Form: schema.FormOf(func(e *forwardEntry) schema.Object {
			ref := schema.Ref{Kind: "network_forward", Project: inProject(e.Project),
				Name: childName(e.Network, schema.ListForm(e.ListenAddress))}
			ports := slices.Clone(e.Ports)
			for i, p := range ports {
				ports[i].ListenPort, ports[i].TargetPort = schema.ListForm(p.ListenPort), schema.ListForm(p.TargetPort)
				ports[i].TargetAddress, ports[i].Description = schema.ListForm(p.TargetAddress), strings.TrimSpace(p.Description)
			}
			attrs := map[string]string{"description": strings.TrimSpace(e.Description), "ports": listText(ports)}
			return forwardSpec().OnTarget(object(ref, e.State, attrs, e.Config), e.Target)
		}),
		Check: checkForward,
	}
}

func forwardSpec() schema.Spec {
	return schema.Spec{
		Name:  "network_forward",
		Title: "network forward", Lost: "its ports",
		Plural:    "network_forwards",
		Scope:     schema.ScopeProject,
		Feature:   "features.networks",
		Parent:    schema.KindNetwork,
		ParentKey: "network",
		ParentFor: []string{"bridge", "ovn"},
		NameKey:   "listen_address",
		Lifecycle: schema.Placed,
		Home:      schema.HomeMember,
		AtJoin:    schema.LossRefused,
		Path:      "/1.0/networks/{}/forwards",
		Attrs:     []schema.Attr{{Name: "description", Local: true}, {Name: "ports", JSON: true, Local: true, Default: "[]"}},
		Keys:      keys("network_forward"),
		Tables: schema.Tables{Table: "networks_forwards", Name: "listen_address",
			Parent: schema.Link{From: "network_id", Table: "networks", Key: "id", Value: "name"}, Member: "node_id",
			Columns: map[string]string{"description": "description", "ports": "ports"}, Owner: "network_forward_id",
			Config: "networks_forwards_config"},
		Rank: 55,
	}
}

// checkForward wants the address in the form in which LXD keeps it (lxd 5.0.2, lxd/network/driver_common.go
// forwardValidate).
func checkForward(o schema.Object, _ schema.Cluster, product schema.Product) []schema.Problem {
	_, listen := forwardSpec().Split(o.Ref)
	ip, err := netip.ParseAddr(listen)
	if err == nil && ip.String() == listen {
		return nil
	}
	p := schema.Problem{Severity: schema.SeverityError, Code: schema.CodeValue,
		Summary: "cannot forward from " + listen, Detail: "Not an IP address.", Hint: "write an address such as 192.0.2.10"}
	if err == nil {
		p.Detail, p.Hint = product.Title()+" writes this address "+ip.String()+".", "write "+ip.String()
	}
	return []schema.Problem{p}
}
