package care_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"clusterctl/plan"
)

// checkOrder holds every plan to its promise: a step comes after all that it needs, and IDs are unique.
func checkOrder(t *testing.T, p *plan.Plan) {
	t.Helper()
	seen := map[plan.StepID]bool{}
	for _, s := range p.Steps {
		if seen[s.ID] {
			t.Errorf("step %s twice", s.ID)
		}
		for _, need := range s.Needs {
			if !seen[need] {
				t.Errorf("step %s needs %s, which does not come before it", s.ID, need)
			}
		}
		seen[s.ID] = true
	}
}

// checkRoundTrip holds the JSON form to carrying everything that an apply needs.
func checkRoundTrip(t *testing.T, p *plan.Plan) {
	t.Helper()
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back plan.Plan
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(&back)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, again) {
		t.Errorf("a plan changes when it is saved and read:\n%s\n%s", data, again)
	}
}
