package apply

import (
	"testing"

	"clusterctl/plan"
	"clusterctl/schema"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	pool, profile := schema.Ref{Kind: schema.KindStoragePool, Name: "fast"}, schema.Ref{Kind: schema.KindProfile, Name: "web"}
	live := schema.NewCluster(schema.Facts{}, schema.Object{Ref: pool, State: schema.StateCreated, Members: map[string]schema.Part{
		"node1": {State: schema.StateCreated}, "node2": {State: schema.StateErrored},
	}})
	step := func(title string, e plan.Expect) plan.Step { return plan.Step{Title: title, Expect: e} }
	tests := map[string]struct {
		steps []plan.Step
		want  []string
	}{
		"nothing promised":   {[]plan.Step{step("A", plan.Expect{})}, nil},
		"created":            {[]plan.Step{step("A", plan.Expect{Ref: pool, State: schema.StateCreated})}, nil},
		"there, any state":   {[]plan.Step{step("A", plan.Expect{Ref: pool})}, nil},
		"on one member":      {[]plan.Step{step("A", plan.Expect{Ref: pool, Member: "node1", State: schema.StateCreated})}, nil},
		"defined, then more": {[]plan.Step{step("A", plan.Expect{Ref: pool, Member: "node2", State: schema.StatePending})}, nil},
		"errored on one":     {[]plan.Step{step("A", plan.Expect{Ref: pool, Member: "node2", State: schema.StateCreated})}, []string{"A: checking storage_pool/fast: expected it to be created on node2, found it errored"}},
		"no part":            {[]plan.Step{step("A", plan.Expect{Ref: pool, Member: "node3", State: schema.StatePending})}, []string{"A: checking storage_pool/fast: node3 has no part of it"}},
		"not there":          {[]plan.Step{step("A", plan.Expect{Ref: profile})}, []string{"A: checking profile/web: it is not there"}},
		"gone":               {[]plan.Step{step("A", plan.Expect{Ref: profile, Absent: true})}, nil},
		"still there":        {[]plan.Step{step("A", plan.Expect{Ref: pool, Absent: true})}, []string{"A: checking storage_pool/fast: it is still there"}},
		"replaced":           {[]plan.Step{step("A", plan.Expect{Ref: pool, Absent: true}), step("B", plan.Expect{Ref: pool})}, nil},
		"in the steps' order": {[]plan.Step{step("B", plan.Expect{Ref: profile}), step("A", plan.Expect{Ref: pool, Absent: true})},
			[]string{"B: checking profile/web: it is not there", "A: checking storage_pool/fast: it is still there"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Verify(live, test.steps)
			if len(got) != len(test.want) {
				t.Fatalf("got %v, want %q", got, test.want)
			}
			for i := range got {
				if got[i].Error() != test.want[i] {
					t.Errorf("got %s\nwant %s", got[i].Error(), test.want[i])
				}
			}
		})
	}
}
