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
	TargetPool    string   `yaml:"target_pool" json:"target_pool"`
}

const kindBalancer schema.KindName = "network_load_balancer"

// networkLoadBalancer describes outside addresses of OVN networks whose traffic is shared out among backends, or the
// instances of a pool, see [networkLoadBalancerPool]. They were tried on Incus 6.0.4 and LXD 6.9.
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
		Form: schema.FormOf(balancerObject), Names: balancerNames, Check: checkBalancer,
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
		ports[i].ListenPort, ports[i].TargetPool = schema.ListForm(p.ListenPort), strings.TrimSpace(p.TargetPool)
	}
	attrs := map[string]string{"description": strings.TrimSpace(e.Description), "backends": listText(backends),
		"ports": listText(ports)}
	return object(ref, e.State, attrs, e.Config)
}

func portsOf(o schema.Object) []balancerPort {
	var out []balancerPort
	_ = json.Unmarshal([]byte(o.Attrs["ports"]), &out) // made of these, or empty
	return out
}

// balancerNames are the pools that its ports lead to, which are of its own network.
func balancerNames(o schema.Object) []schema.Reference {
	var out []schema.Reference
	network, _, _ := strings.Cut(o.Ref.Name, "/")
	for _, port := range portsOf(o) {
		if port.TargetPool != "" {
			out = append(out, inOwnProject("attrs.ports", kindBalancerPool, o, childName(network, port.TargetPool)))
		}
	}
	return out
}

// checkBalancer wants an address, and ports that lead to backends that the entry has, or to a pool.
func checkBalancer(o schema.Object, _ schema.Cluster, server schema.Product) []schema.Problem {
	var out []schema.Problem
	_, listen, _ := strings.Cut(o.Ref.Name, "/")
	if _, err := netip.ParseAddr(listen); err != nil {
		out = append(out, schema.Wrong(schema.CodeValue, "", "cannot balance the load of "+listen, "Not an IP address.",
			"write an address such as 192.0.2.10"))
	}
	var backends []balancerBackend
	_ = json.Unmarshal([]byte(o.Attrs["backends"]), &backends) // made of these, or empty
	names := schema.Map(backends, func(b balancerBackend) string { return b.Name })
	for _, port := range portsOf(o) {
		for _, name := range port.TargetBackend {
			if !slices.Contains(names, name) {
				out = append(out, schema.Wrong(schema.CodeReference, "attrs.ports",
					"cannot send port "+port.ListenPort+" to backend "+name,
					"The load balancer has no backend of that name.", schema.DidYouMean(name, names)))
			}
		}
		if detail, hint := port.poolFault(server); detail != "" {
			out = append(out, schema.Wrong(schema.CodeValue, "attrs.ports",
				"cannot send port "+port.ListenPort+" to pool "+port.TargetPool, detail, hint))
		}
	}
	return out
}

// poolFault says why it cannot lead to its pool (lxd 6.9, lxd/network/driver_common.go loadBalancerValidate).
func (p balancerPort) poolFault(server schema.Product) (detail, hint string) {
	switch {
	case p.TargetPool == "":
	case server == schema.Incus:
		return "Pools are of LXD, from 6.9 on.", "name backends in target_backend:"
	case len(p.TargetBackend) > 0:
		return "It goes to backends already.", "remove target_backend:, or target_pool:"
	case strings.ContainsAny(p.ListenPort, ",-"):
		return "LXD takes one port for a pool.", "write a port of its own for each"
	}
	return "", ""
}
