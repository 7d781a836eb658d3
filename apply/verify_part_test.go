package apply

import (
	"testing"

	"clusterctl/plan"
	"clusterctl/schema"
)

func TestVerifyLooksForTheMembersPart(t *testing.T) {
	t.Parallel()
	ref := schema.Ref{Kind: "storage_volume", Project: "default", Name: "local/data"}
	live := schema.NewCluster(schema.Facts{}, schema.Object{Ref: ref, Members: map[string]schema.Part{"m1": {State: schema.StateCreated}}})
	for name, test := range map[string]struct {
		expect plan.Expect
		want   string
	}{
		"it is there":   {plan.Expect{Ref: ref, Member: "m1"}, ""},
		"it is missing": {plan.Expect{Ref: ref, Member: "m2"}, "checking storage_volume/local/data: m2 has no part of it"},
		"it has gone":   {plan.Expect{Ref: ref, Member: "m2", Absent: true}, ""},
		"it has stayed": {plan.Expect{Ref: ref, Member: "m1", Absent: true}, "checking storage_volume/local/data: m1 still has it"},
	} {
		got := ""
		for _, failure := range Verify(live, []plan.Step{{ID: "step", Expect: test.expect}}) {
			got = failure.Err.Error()
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}
