package remote

import (
	"testing"

	"clusterctl/schema"
)

// TestAheadCountsWhereNothingIsUnderWay has what the database says beside two hosts that say they are its members.
func TestAheadCountsWhereNothingIsUnderWay(t *testing.T) {
	t.Parallel()
	named := func(name string) host { return host{member: &member{Member: schema.Member{Name: name}}} }
	const works, joins = schema.StateCreated, schema.StatePending
	for name, test := range map[string]struct {
		rows map[string]schema.State
		want bool
	}{
		"all at work":     {map[string]schema.State{"m1": works, "m2": works}, true},
		"one more":        {map[string]schema.State{"m1": works, "m2": works, "m3": works}, true},
		"evacuated":       {map[string]schema.State{"m1": works, "m2": schema.StateEvacuated}, true},
		"joined since":    {map[string]schema.State{"m1": works}, false},
		"joining":         {map[string]schema.State{"m1": works, "m2": joins}, false},
		"another joining": {map[string]schema.State{"m1": works, "m2": works, "m3": joins}, false},
	} {
		facts := schema.Facts{Members: map[string]schema.MemberFacts{}}
		for member, state := range test.rows {
			facts.Members[member] = schema.MemberFacts{State: state}
		}
		if got := settled(facts, []host{named("m1"), named("m2")}); got != test.want {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}
