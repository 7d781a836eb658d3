package view_test

import (
	"fmt"
	"testing"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

func TestVotersOfAGrowingCluster(t *testing.T) {
	t.Parallel()
	d := &view.View{}
	for n, want := range []plan.Voters{{}, {Online: 1, Needed: 1}, {Online: 1, Needed: 1}, {Online: 3, Needed: 2},
		{Online: 3, Needed: 2}, {Online: 3, Needed: 2}} {
		if got := d.VotersOf(n); got != want {
			t.Errorf("%d members: got %+v, want %+v", n, got, want)
		}
	}
}

// In clusters of ten the stand-bys were predicted in the order of texts, node10 before node5, and that was wrong 7 of 7.
func TestStandBysAreTheFirstToJoin(t *testing.T) {
	t.Parallel()
	facts := schema.Facts{Clustered: true, Leader: "node1", Members: map[string]schema.MemberFacts{}}
	for i := 1; i <= 3; i++ {
		facts.Members[fmt.Sprint("node", i)] = schema.MemberFacts{State: schema.StateCreated, Role: schema.Voter, Online: true}
	}
	for i := 10; i >= 4; i-- {
		facts.Members[fmt.Sprint("node", i)] = schema.MemberFacts{State: schema.StateCreated, Role: schema.Spare, Online: true}
	}
	roles, known := (&view.View{Live: schema.NewCluster(facts)}).RolesAfter()
	roles, _ = view.PredictRoles(roles, "node1", view.RoleTargets{Voters: 3, StandBys: 2})
	got := ""
	for _, r := range roles {
		if r.Role == schema.StandBy {
			got += " " + r.Member
		}
	}
	if want := " node4 node5"; !known || got != want {
		t.Errorf("got%s, want%s", got, want)
	}
}
