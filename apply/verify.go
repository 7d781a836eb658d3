package apply

import (
	"fmt"

	"clusterctl/plan"
	"clusterctl/schema"
)

// Verify holds what the steps promised against the live cluster and returns the promises that were not kept, in
// the order of the steps, which are all done. It calls nothing.
//
// A step whose object a later step brings or removes again is left to that later step. A promised state
// "pending" means that the object, or the member's part of it, is defined: a later step carries it on.
func Verify(live schema.Cluster, steps []plan.Step) []StepError {
	last := map[schema.Ref]bool{}
	for _, s := range steps {
		last[s.Expect.Ref] = s.Expect.Absent
	}
	var out []StepError
	for _, s := range steps {
		if s.Expect.Ref.Kind == "" || s.Expect.Absent != last[s.Expect.Ref] {
			continue
		}
		if err := unmet(live, s.Expect); err != nil {
			out = append(out, StepError{Step: s, Err: err})
		}
	}
	return out
}

// unmet returns what was found instead of what is expected, nil when they agree.
func unmet(live schema.Cluster, want plan.Expect) error {
	object, found := live.Get(want.Ref)
	switch {
	case want.Absent && want.Member != "":
		if _, there := object.Members[want.Member]; there {
			return fmt.Errorf("checking %s: %s still has it", want.Ref, want.Member)
		}
		return nil
	case want.Absent && found:
		return fmt.Errorf("checking %s: it is still there", want.Ref)
	case want.Absent:
		return nil
	case !found:
		return fmt.Errorf("checking %s: it is not there", want.Ref)
	}
	state, where := object.State, ""
	if want.Member != "" {
		part, ok := object.Members[want.Member]
		if !ok {
			return fmt.Errorf("checking %s: %s has no part of it", want.Ref, want.Member)
		}
		state, where = part.State, " on "+want.Member
	}
	if want.State == "" || want.State == schema.StatePending || want.State == state {
		return nil
	}
	return fmt.Errorf("checking %s: expected it to be %s%s, found it %s", want.Ref, want.State, where, state)
}
