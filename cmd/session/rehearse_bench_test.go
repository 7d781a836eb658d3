package session

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

// BenchmarkRehearsal rehearses 50 steps on clusters of many objects, and the forming of a cluster of ten members.
func BenchmarkRehearsal(b *testing.B) {
	for _, objects := range []int{500, 10_000} {
		b.Run(fmt.Sprint(objects), func(b *testing.B) {
			s, v := manySteps(b, objects, 50)
			benchRehearsal(b, s, v)
		})
	}
	b.Run("forming", func(b *testing.B) {
		s, v := manyServers(b, 10)
		benchRehearsal(b, s, v)
	})
}

func benchRehearsal(b *testing.B, s *Session, v *Survey) {
	b.Helper()
	planned := v.Plan
	b.ReportAllocs()
	for b.Loop() {
		v.Plan = planned
		v.rehearse(b.Context(), s, plan.Options{})
		if v.Plan.Rehearsal.Result != plan.RehearsedWhole {
			b.Fatal(v.Plan.Rehearsal.Text())
		}
	}
}

// BenchmarkProof breaks a plan of 60 steps off at each of them, on a cluster of 500 objects.
func BenchmarkProof(b *testing.B) {
	s, v := manySteps(b, 500, 60)
	s.Prove = true
	v.rehearse(b.Context(), s, plan.Options{})
	rehearsed := v.Plan
	for b.Loop() {
		v.Plan = rehearsed
		v.prove(b.Context(), s, plan.Options{})
		if p := v.Plan.Rehearsal.Proof; p.Why != "" || len(p.Failed) > 0 || p.Of != 60*len(cuts) {
			b.Fatal(v.Plan.Rehearsal.Proved())
		}
	}
}

// manySteps plans so many profiles more on a cluster that has so many objects.
func manySteps(b *testing.B, objects, steps int) (*Session, *Survey) {
	b.Helper()
	live, err := (&oneMember{}).Read(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	all := live.Objects()
	for i := range objects {
		all = append(all, schema.Object{Ref: schema.Ref{Kind: schema.KindProfile, Project: "default",
			Name: fmt.Sprintf("p%d", i)},
			State: schema.StateCreated, Body: schema.Body{Config: map[string]string{"limits.cpu": "2", "user.a": "b"},
				Devices: map[string]map[string]string{"eth0": {"type": "nic", "nictype": "bridged", "parent": "br0"}}}})
	}
	var text strings.Builder
	text.WriteString("members: [{name: node1, address: '10.0.0.1:8443'}]\nprofiles:\n")
	for i := range steps {
		fmt.Fprintf(&text, "- {name: new%d, config: {limits.cpu: '2'}}\n", i)
	}
	s := testSession(nil)
	s.Rehearse, s.LookupHost = true, LookupAnything
	want, _, err := s.Decode(b.Context(), []preseed.Input{{Name: "p.yaml", Data: []byte(text.String())}})
	if err != nil {
		b.Fatal(err)
	}
	v := &Survey{declared: declared{want: want}, secrets: s.secretsOf(want)}
	v.planFrom(s, schema.NewCluster(live.Facts, all...), plan.Options{})
	return s, v
}

// manyServers plans to form a cluster of so many new servers, with a pool and a bridge on each.
func manyServers(b *testing.B, members int) (*Session, *Survey) {
	b.Helper()
	var names []string
	var text strings.Builder
	text.WriteString("members:\n")
	for i := range members {
		names = append(names, fmt.Sprintf("node%d", i+1))
		fmt.Fprintf(&text, "- {name: %s, address: '10.0.0.%d:8443'}\n", names[i], i+1)
	}
	text.WriteString(`storage_pools: [{name: local, driver: dir}]
networks: [{name: br0, type: bridge, config: {ipv4.address: 10.204.0.1/24, ipv6.address: none}}]
profiles:
- name: default
  devices: {root: {type: disk, path: /, pool: local}, eth0: {type: nic, network: br0, name: eth0}}
`)
	world := startWorld(b, names...)
	s := testSession(nil)
	s.LookupHost = LookupAnything
	s.Open = func(_ context.Context, target Target) (drivers.Backend, error) {
		return ConnectSandbox(world, target), nil
	}
	v, err := s.Survey(b.Context(), []preseed.Input{{Name: "p.yaml", Data: []byte(text.String())}}, plan.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := v.Close(); err != nil {
			b.Error(err)
		}
	})
	s.Rehearse = true
	return s, v
}
