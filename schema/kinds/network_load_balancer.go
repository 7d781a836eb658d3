package kinds

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"

	"clusterctl/schema"
)

type balancerEntry struct {
	Network       string            `yaml:"network" validate:"required,excludesall=/"`
	ListenAddress string            `yaml:"listen_address" validate:"required,excludesall=/ "`
	Project       string            `yaml:"project"`
	Description   string            `yaml:"description"`
	State         string            `yaml:"state" validate:"omitempty,oneof=present absent"`
	Config        map[string]string `yaml:"config"`
	Backends      []balancerBackend `yaml:"backends" validate:"dive"`
	Ports         []balancerPort    `yaml:"ports" validate:"dive"`
}

type balancerBackend struct {
	Name          string `yaml:"name" json:"name" validate:"required"`
	Description   string `yaml:"description" json:"description"`
	TargetPort    string `yaml:"target_port" json:"target_port"`
	TargetAddress string `yaml:"target_address" json:"target_address" validate:"required"`
}

type balancerPort struct {
	Description   string   `yaml:"description" json:"description"`
	Protocol      string   `yaml:"protocol" json:"protocol" validate:"required,oneof=tcp udp"`
	ListenPort    string   `yaml:"listen_port" json:"listen_port" validate:"required"`
	TargetBackend []string `yaml:"target_backend" json:"target_backend"`
}

const kindBalancer schema.KindName = "network_load_balancer"

// networkLoadBalancer describes outside addresses of OVN networks whose traffic is shared out among backends. They were
// tried on Incus 6.0.4; that the tables of LXD are the same was read in them.
func networkLoadBalancer() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name: kindBalancer, Title: "network load balancer", Lost: "its ports", Plural: "network_load_balancers",
			Scope:   schema.ScopeProject,
			Feature: "features.networks", Parent: schema.KindNetwork, ParentKey: "network", ParentFor: []string{"ovn"},
			NameKey: "listen_address", Lifecycle: schema.Simple, Servers: schema.Versions{schema.LXD: {{From: "5.4"}}},
			Home: schema.HomeCluster, AtJoin: schema.LossRefused, Path: "/1.0/networks/{}/load-balancers",
			Attrs: []schema.Attr{{Name: "description"}, {Name: "backends", JSON: true, Default: "[]"},
				{Name: "ports", JSON: true, Default: "[]"}},
			Keys: keys("network_load_balancer"),
			Tables: schema.Tables{Table: "networks_load_balancers", Name: "listen_address",
				Parent:  schema.Link{From: "network_id", Table: "networks", Key: "id", Value: "name"},
				Columns: map[string]string{"description": "description", "backends": "backends", "ports": "ports"},
				Owner:   "network_load_balancer_id", Config: "networks_load_balancers_config"},
			Rank: 57,
		},
		Form:  schema.FormOf(balancerObject),
		Check: checkBalancer,
	}
}

func balancerObject(e *balancerEntry) schema.Object {
	ref := schema.Ref{Kind: kindBalancer, Project: inProject(e.Project),
		Name: childName(e.Network, schema.ListForm(e.ListenAddress))}
	backends, ports := slices.Clone(e.Backends), slices.Clone(e.Ports)
	for i, b := range backends {
		backends[i].TargetPort, backends[i].TargetAddress = schema.ListForm(b.TargetPort), schema.ListForm(b.TargetAddress)
	}
	for i, p := range ports {
		ports[i].ListenPort = schema.ListForm(p.ListenPort)
	}
	attrs := map[string]string{"description": strings.TrimSpace(e.Description), "backends": listText(backends),
		"ports": listText(ports)}
	return object(ref, e.State, attrs, e.Config)
}

// checkBalancer wants an address, and backends that the entry has.
func checkBalancer(o schema.Object, _ schema.Cluster, _ schema.Product) []schema.Problem {
	var out []schema.Problem
	_, listen, _ := strings.Cut(o.Ref.Name, "/")
	if _, err := netip.ParseAddr(listen); err != nil {
		out = append(out, schema.Wrong(schema.CodeValue, "", "cannot balance the load of "+listen, "Not an IP address.",
			"write an address such as 192.0.2.10"))
	}
	var backends []balancerBackend
	var ports []balancerPort
	_ = json.Unmarshal([]byte(o.Attrs["backends"]), &backends) // made of these types, or empty
	_ = json.Unmarshal([]byte(o.Attrs["ports"]), &ports)
	names := schema.Map(backends, func(b balancerBackend) string { return b.Name })
	for _, port := range ports {
		for _, name := range port.TargetBackend {
			if !slices.Contains(names, name) {
				out = append(out, schema.Wrong(schema.CodeReference, "attrs.ports",
					"cannot send port "+port.ListenPort+" to backend "+name,
					"The load balancer has no backend of that name.", schema.DidYouMean(name, names)))
			}
		}
	}
	return out
}
