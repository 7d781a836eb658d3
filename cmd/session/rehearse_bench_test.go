package session

import (
	"fmt"
	"strings"
	"testing"

	"clusterctl/plan"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

// BenchmarkRehearsal rehearses 50 steps on clusters of many objects.
func BenchmarkRehearsal(b *testing.B) {
	for _, objects := range []int{500, 10_000} {
		b.Run(fmt.Sprint(objects), func(b *testing.B) {
			s, v := manySteps(b, objects, 50)
			planned := v.Plan
			b.ReportAllocs()
			for b.Loop() {
				v.Plan = planned
				v.rehearse(b.Context(), s, plan.Options{})
				if v.Plan.Rehearsal.Result != plan.RehearsedWhole {
					b.Fatal(v.Plan.Rehearsal.Text())
				}
			}
		})
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
