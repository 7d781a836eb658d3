package session

import (
	"clusterctl/apply"
	"clusterctl/plan"
	"clusterctl/schema"
)

// Tally counts what became of the objects that a plan changes.
type Tally struct {
	Created int `json:"created"`
	Updated int `json:"updated"`
	Deleted int `json:"deleted"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
}

// tally goes by the events of a run: an object is as its last step is, unless one before has failed.
type tally struct {
	failed, waiting map[schema.Ref]bool
}

// Event implements apply.Sink.
func (t *tally) Event(e apply.Event) {
	switch e.Kind {
	case apply.Planned:
		t.failed, t.waiting = map[schema.Ref]bool{}, map[schema.Ref]bool{}
	case apply.Skipped:
		t.waiting[e.Step.Cause] = true
	case apply.Failed:
		t.failed[e.Step.Cause] = true
	}
}

// of counts the changes of the plan that was run.
func (t *tally) of(p *plan.Plan) *Tally {
	if len(p.Changes) == 0 || t.failed == nil {
		return nil
	}
	out := &Tally{}
	for _, c := range p.Changes {
		switch {
		case t.failed[c.Ref]:
			out.Failed++
		case t.waiting[c.Ref]:
			out.Skipped++
		case c.Action == plan.Create:
			out.Created++
		case c.Action == plan.Delete:
			out.Deleted++
		default:
			out.Updated++
		}
	}
	return out
}
