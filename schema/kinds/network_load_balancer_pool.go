package kinds

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"clusterctl/schema"
)

type balancerPoolEntry struct {
	Network     string            `yaml:"network" validate:"required,excludesall=/"`
	Name        string            `yaml:"name" validate:"required,excludesall=/?&+: "`
	Project     string            `yaml:"project"`
	Description string            `yaml:"description"`
	State       string            `yaml:"state" validate:"omitempty,oneof=present absent"`
	Config      map[string]string `yaml:"config"`
	Instances   []pooledInstance  `yaml:"instances" validate:"dive"`
}

type pooledInstance struct {
	Name       string `yaml:"name" json:"name" validate:"required,excludesall=/ "`
	TargetPort string `yaml:"target_port" json:"target_port"`
}

const kindBalancerPool schema.KindName = "network_load_balancer_pool"

// networkLoadBalancerPool describes the instances among which load balancers of an OVN network share out a port (the
// API extension network_load_balancer_pool, lxd 6.9, shared/version/api.go). They are set through the pool, nowhere in
// an instance, and are in the project of the network (lxd/network/driver_ovn.go loadBalancerPoolValidate). One that is
// deleted leaves its pools without a word, and a pool that a port leads to cannot be deleted (LoadBalancerPoolDelete).
func networkLoadBalancerPool() schema.Kind {
	return schema.Kind{
		Spec: balancerPoolSpec(),
		Form: schema.FormOf(func(e *balancerPoolEntry) schema.Object {
			ref := schema.Ref{Kind: kindBalancerPool, Project: inProject(e.Project), Name: childName(e.Network, e.Name)}
			attrs := map[string]string{"description": strings.TrimSpace(e.Description),
				"instances": pooledText(e.Instances)}
			return object(ref, e.State, attrs, e.Config)
		}),
		Names: func(o schema.Object) []schema.Reference {
			return schema.Map(pooledOf(o), func(i pooledInstance) schema.Reference {
				return inOwnProject("attrs.instances", schema.KindInstance, o, i.Name)
			})
		},
		Finish: finishBalancerPool, Check: checkBalancerPool,
	}
}

func balancerPoolSpec() schema.Spec {
	return schema.Spec{
		Name: kindBalancerPool, Title: "network load balancer pool",
		Plural: "network_load_balancer_pools", Scope: schema.ScopeProject,
		Feature: "features.networks", Parent: schema.KindNetwork, ParentKey: "network", ParentFor: []string{"ovn"},
		Lifecycle: schema.Simple, Servers: schema.Versions{schema.LXD: {{From: "6.9"}}, schema.Incus: {}},
		Home: schema.HomeCluster, AtJoin: schema.LossRefused, Path: "/1.0/networks/{}/load-balancer-pools",
		Attrs: []schema.Attr{{Name: "description"}, {Name: "instances", JSON: true, Default: "[]"}},
		Keys:  keys("network_load_balancer_pool"),
		Tables: schema.Tables{Table: "networks_load_balancer_pools",
			Parent:  schema.Link{From: "network_id", Table: "networks", Key: "id", Value: "name"},
			Columns: map[string]string{"description": "description"},
			Owner:   "network_load_balancer_pool_id", Config: "networks_load_balancer_pools_config",
			Joins: map[string]schema.Join{"instances": {Table: "networks_load_balancer_pools_instances",
				Owner: "network_load_balancer_pool_id", Text: pooledRow}}},
		Rank: 57,
	}
}

// pooledRow makes of a row a JSON list: the instance and its port, which is 0 where it has none of its own.
func pooledRow(func(table string) bool) string {
	return "(SELECT json_array(i.name, CAST(j.target_port AS TEXT)) FROM instances i WHERE i.id = j.instance_id)"
}

func pooledOf(o schema.Object) []pooledInstance {
	var out []pooledInstance
	_ = json.Unmarshal([]byte(o.Attrs["instances"]), &out) // made of these, or empty
	return out
}

// pooledText is the list in the one form and order in which it is compared: LXD keeps a set, and ports as numbers.
func pooledText(list []pooledInstance) string {
	list = slices.Clone(list)
	for i, instance := range list {
		list[i].TargetPort = strings.TrimLeft(strings.TrimSpace(instance.TargetPort), "0")
	}
	slices.SortFunc(list, func(a, b pooledInstance) int { return cmp.Compare(a.Name, b.Name) })
	return listText(list)
}

// finishBalancerPool gives the instances that form: the database has rows, REST any order.
func finishBalancerPool(o schema.Object) schema.Object {
	var list []pooledInstance
	for _, text := range schema.JSONTexts(o.Attrs["instances"]) {
		if row := schema.JSONTexts(text); len(row) == 2 {
			list = append(list, pooledInstance{row[0], row[1]})
		}
	}
	if list == nil {
		list = pooledOf(o)
	}
	if len(list) > 0 {
		o = o.Clone()
		o.Attrs["instances"] = pooledText(list)
	}
	return o
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
	for _, i := range pooledOf(o) {
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
