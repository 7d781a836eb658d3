// Package plantest has what tests of several plan packages ask of every plan.
package plantest

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"clusterctl/plan"
	"clusterctl/schema"
)

// CheckKept reports steps whose call takes away more than it says.
func CheckKept(t *testing.T, p *plan.Plan) {
	t.Helper()
	for _, s := range p.Steps {
		r := s.Op.Request
		if r == nil || s.Op.Kind != plan.OpRequest {
			continue // an edit sends the whole object
		}
		var sent map[string]any
		if len(r.Body) > 0 && json.Unmarshal(r.Body, &sent) != nil {
			t.Errorf("step %s has no object as its body", s.ID)
		}
		for _, field := range plan.Loses(r.Method, r.Target != "", s.Cause.Kind, p.Flavour) {
			if _, along := sent[field]; !along && r.Path != "/1.0" {
				t.Errorf("step %s loses %s: %s", s.ID, field, r.Body)
			}
		}
	}
}

// CheckOrder holds every plan to its promise: a step comes after all that it needs, and IDs are unique.
func CheckOrder(t *testing.T, p *plan.Plan) {
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

// CheckApart holds that no two changes run side by side that are always to be kept apart, see [schema.Apart], and that
// no server joins while certificates of others are put into the trust store.
func CheckApart(t *testing.T, p *plan.Plan, reg schema.Registry) {
	t.Helper()
	after := map[plan.StepID]map[plan.StepID]bool{}
	for i, s := range p.Steps {
		after[s.ID] = map[plan.StepID]bool{}
		for _, need := range s.Needs {
			after[s.ID][need] = true
			maps.Copy(after[s.ID], after[need])
		}
		for _, earlier := range p.Steps[:i] {
			section := apart(s, reg)
			if section == "" || section != apart(earlier, reg) || s.Op.Join != nil && earlier.Op.Join != nil {
				continue
			}
			if !after[s.ID][earlier.ID] && !slices.ContainsFunc(s.Sections, func(held plan.Section) bool {
				return slices.Contains(earlier.Sections, held)
			}) {
				t.Errorf("%s may run beside %s", s.ID, earlier.ID)
			}
		}
	}
}

// apart is what a step has to have for itself, on one server or, without a name, in the cluster.
func apart(s plan.Step, reg schema.Registry) string {
	if s.Op.Admit != nil || s.Op.Join != nil {
		return "access"
	}
	kind, _ := reg.Kind(s.Cause.Kind)
	if r := s.Op.Request; r != nil && strings.HasPrefix(r.Path, "/1.0/certificates/") {
		return "access" + s.Member
	}
	if kind.Apart == nil || kind.Apart.When != schema.ApartAlways {
		return ""
	}
	return kind.Apart.Section + s.Op.Request.Target
}

// CheckRoundTrip holds the JSON form to carrying everything that an apply needs.
func CheckRoundTrip(t *testing.T, p *plan.Plan) {
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

// CheckSealed holds what a plan of a preseed does to what may be read from a file, and its seal to telling every
// change.
func CheckSealed(t *testing.T, p *plan.Plan, reg schema.Registry) {
	t.Helper()
	for _, s := range p.Steps {
		if err := s.Vet(reg); err != nil && s.Op.Shell == nil && s.Op.LeaveRaft == nil {
			t.Error(err)
		}
	}
	signed := *p
	if err := signed.Sign([]byte("one key")); err != nil {
		t.Fatal(err)
	}
	data, err := json.MarshalIndent(&signed, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{"one key": true, "another key": false, "": false} {
		if _, sealed, err := plan.Open(data, []byte(key)); sealed != want || err != nil {
			t.Errorf("with %q: sealed: %t, %v", key, sealed, err)
		}
	}
	signed.Files = append(signed.Files, "more.yaml")
	if data, err = json.Marshal(&signed); err != nil {
		t.Fatal(err)
	}
	if _, sealed, err := plan.Open(data, []byte("one key")); sealed || err != nil {
		t.Errorf("a changed plan is sealed: %t, %v", sealed, err)
	}
}
