package care_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/plan"
	"clusterctl/plan/care"
	"clusterctl/plan/view"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// sixMembers are three racks of two, with a voter in each.
func sixMembers() schema.Cluster {
	facts := schema.Facts{Leader: "m1", Members: map[string]schema.MemberFacts{}, Images: map[string][]string{
		"aa": {"m1", "m3"}, "bb": {"m1"}, "cc": nil}}
	var objects []schema.Object
	for name, m := range map[string]struct {
		role schema.RaftRole
		rack string
	}{
		"m1": {schema.Voter, "a"}, "m2": {schema.StandBy, "a"}, "m3": {schema.Voter, "b"},
		"m4": {schema.StandBy, "b"}, "m5": {schema.Voter, "c"}, "m6": {schema.Spare, "c"},
	} {
		facts.Members[name] = schema.MemberFacts{Role: m.role, Online: true, Instances: 1}
		objects = append(objects,
			schema.Object{Ref: schema.Ref{Kind: schema.KindMember, Name: name},
				Body: schema.Body{Attrs: map[string]string{"failure_domain": m.rack}}},
			schema.Object{Ref: schema.Ref{Kind: "instance", Project: "default", Name: "on-" + name},
				Members: map[string]schema.Part{name: {}}})
	}
	return schema.NewCluster(facts, objects...)
}

func TestWhatIfOneMemberGoes(t *testing.T) {
	t.Parallel()
	got, known := care.WhatIf(sixMembers(), kinds.Registry(), []string{"m1", "m1"})
	if !known || !got.StaysUp() {
		t.Errorf("known %t, stays up %t; want both", known, got.StaysUp())
	}
	want := care.Loss{
		Down: []string{"m1"}, NewLeader: true,
		Before: plan.Voters{Online: 3, Needed: 2}, AtOnce: plan.Voters{Online: 2, Needed: 2},
		Settled: plan.Voters{Online: 3, Needed: 2},
		Moves: []view.RoleMove{
			{Member: "m2", From: schema.StandBy, To: schema.Voter},
			{Member: "m1", From: schema.Voter, To: schema.Spare},
			{Member: "m6", From: schema.Spare, To: schema.StandBy},
		},
		Instances:      []schema.Ref{{Kind: "instance", Project: "default", Name: "on-m1"}},
		InstanceCounts: map[string]int{"m1": 1}, VolumeCounts: map[string]int{}, Images: []string{"bb"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWhatIfTheQuorumGoes(t *testing.T) {
	t.Parallel()
	got, _ := care.WhatIf(sixMembers(), kinds.Registry(), []string{"m1", "m3"})
	if got.StaysUp() || len(got.Moves) > 0 {
		t.Errorf("stays up %t with %v; without a quorum nothing moves", got.StaysUp(), got.Moves)
	}
	if diff := cmp.Diff([]string{"aa", "bb"}, got.Images); diff != "" {
		t.Errorf("images without a copy (-want +got):\n%s", diff)
	}
}
