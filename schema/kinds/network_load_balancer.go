package kinds

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"clusterctl/schema"
)

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

// completeListener gives the address, after which load balancers and forwards are called, and the description the form
// that the server gives them.
func completeListener(said map[string]string) {
	trimmed(said)
	said["listen_address"] = schema.ListForm(said["listen_address"])
}

func backendForm(b balancerBackend) balancerBackend {
	b.TargetPort, b.TargetAddress = schema.ListForm(b.TargetPort), schema.ListForm(b.TargetAddress)
	return b
}

func balancerPortForm(p balancerPort) balancerPort {
	p.ListenPort, p.TargetPool = schema.ListForm(p.ListenPort), strings.TrimSpace(p.TargetPool)
	return p
}

// balancerNames are the pools that its ports lead to, which are of its own network.
func balancerNames(o schema.Object) []schema.Reference {
	var out []schema.Reference
	network, _, _ := strings.Cut(o.Ref.Name, "/")
	for _, port := range items[balancerPort](o, "ports") {
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
	names := schema.Map(items[balancerBackend](o, "backends"), func(b balancerBackend) string { return b.Name })
	for _, port := range items[balancerPort](o, "ports") {
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

type pooledInstance struct {
	Name       string `yaml:"name" json:"name" validate:"required,excludesall=/ "`
	TargetPort string `yaml:"target_port" json:"target_port"`
}

const kindBalancerPool schema.KindName = "network_load_balancer_pool"

func balancerPoolNames(o schema.Object) []schema.Reference {
	return schema.Map(items[pooledInstance](o, "instances"), func(i pooledInstance) schema.Reference {
		return inOwnProject("attrs.instances", schema.KindInstance, o, i.Name)
	})
}

// pooledRow makes of a row a JSON list: the instance and its port, which is 0 where it has none of its own.
func pooledRow(func(table string) bool) string {
	return "(SELECT json_array(i.name, CAST(j.target_port AS TEXT)) FROM instances i WHERE i.id = j.instance_id)"
}

// pooledForm is the list in the one form and order in which it is compared: LXD keeps a set, and ports as numbers.
func pooledForm(list []pooledInstance) []pooledInstance {
	for i, instance := range list {
		list[i].TargetPort = strings.TrimLeft(strings.TrimSpace(instance.TargetPort), "0")
	}
	slices.SortFunc(list, func(a, b pooledInstance) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// finishBalancerPool gives the instances that form.
func finishBalancerPool(o schema.Object) schema.Object {
	return compared(o, "instances", func(row []string) (pooledInstance, bool) {
		if len(row) != 2 {
			return pooledInstance{}, false
		}
		return pooledInstance{row[0], row[1]}, true
	}, pooledForm)
}

// checkBalancerPool wants the port that every pool has to have, and refuses an instance that is twice in it, and a port
// that is none. Over a pool without any configuration the daemon dies: it writes the protocol into it (measured on lxd
// 6.9; lxd/network/driver_ovn.go LoadBalancerPoolCreate).
func checkBalancerPool(o schema.Object, _ schema.Cluster, server schema.Product) []schema.Problem {
	if o.State == schema.StateAbsent {
		return nil
	}
	var out []schema.Problem
	if o.Config["target_port"] == "" {
		out = append(out, schema.Wrong(schema.CodeRequired, "config.target_port",
			"cannot use load balancer pool "+o.Ref.Name+" without target_port",
			server.Title()+" wants to know to which port of the instances traffic goes.",
			`add config: {target_port: "80"}`))
	}
	seen := map[string]bool{}
	for _, i := range items[pooledInstance](o, "instances") {
		wrong := func(detail, hint string) {
			out = append(out, schema.Wrong(schema.CodeValue, "attrs.instances",
				"cannot have instance "+i.Name+" in load balancer pool "+o.Ref.Name, detail, hint))
		}
		if seen[i.Name] {
			wrong(server.Title()+" has an instance once in a pool.", "remove one of the two")
		}
		if i.TargetPort != "" && between(1, 65535)(i.TargetPort) != "" {
			wrong(i.TargetPort+" is no port.", "write a number from 1 to 65535, or leave target_port: out")
		}
		seen[i.Name] = true
	}
	return out
}
