package build_test

import (
	"fmt"
	"testing"

	"clusterctl/plan"
	"clusterctl/plan/build"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// BenchmarkBuild plans changes of as many objects: a third are new, a third change, a third go, and all use a network
// that changes. Time grows with the number of objects, not with its square.
func BenchmarkBuild(b *testing.B) {
	for _, objects := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(objects), func(b *testing.B) {
			want, live := many(objects)
			for b.Loop() {
				if p := build.Build(want, live, kinds.Registry(), plan.Options{}); len(p.Steps) != objects+1 {
					b.Fatalf("got %d steps, want %d", len(p.Steps), objects+1)
				}
			}
		})
	}
}

func many(n int) (schema.Preseed, schema.Cluster) {
	network := func(text string) schema.Object {
		return schema.Object{Ref: schema.Ref{Kind: schema.KindNetwork, Project: schema.DefaultProject, Name: "br0"},
			State:   schema.StateCreated,
			Body:    schema.Body{Attrs: map[string]string{"type": "bridge", "description": text}},
			Members: map[string]schema.Part{"m1": {State: schema.StateCreated}}}
	}
	wanted, there := []schema.Object{network("new")}, []schema.Object{network("old")}
	for i := range n {
		o := schema.Object{Ref: schema.Ref{Kind: schema.KindProfile, Project: schema.DefaultProject,
			Name: fmt.Sprint("p", i)}, State: schema.StateCreated,
			Body: schema.Body{Config: map[string]string{"user.n": "1"},
				Devices: map[string]map[string]string{"eth0": {"type": "nic", "network": "br0"}}}}
		kind, _ := kinds.Registry().Kind(o.Ref.Kind)
		o.Refs = kind.Refs(o)
		other := o.Clone()
		other.Config["user.n"], other.State = "2", ""
		switch i % 3 {
		case 0:
			wanted = append(wanted, other)
		case 1:
			wanted, there = append(wanted, other), append(there, o)
		default:
			wanted, there = append(wanted, schema.Object{Ref: o.Ref, State: schema.StateAbsent}), append(there, o)
		}
	}
	facts := schema.Facts{Flavour: schema.JudgedLXD, Clustered: true, Leader: "m1",
		Members: map[string]schema.MemberFacts{"m1": {State: schema.StateCreated, Online: true, Role: schema.Voter}}}
	return schema.Preseed{Want: schema.NewCluster(schema.Facts{}, wanted...)}, schema.NewCluster(facts, there...)
}
