package apply

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"clusterctl/plan"
)

// TestOutcomeSaysWhetherAnythingWasChanged looks at Changed, by which a command that failed chooses between "an error"
// and "stopped part-way".
func TestOutcomeSaysWhetherAnythingWasChanged(t *testing.T) {
	t.Parallel()
	settle := func(needs ...plan.StepID) plan.Step {
		return plan.Step{ID: "settle", Title: "Settle", Member: "node3", Needs: needs,
			Op: plan.Op{Kind: plan.OpSettle, Settle: &plan.Settle{Name: "node3"}}}
	}
	good, bad := job{id: "good", takes: 1}, job{id: "bad", fails: true}
	tests := map[string]struct {
		jobs    []job
		before  []plan.Step // in front of those of jobs
		after   []plan.Step
		stopped bool
		want    Outcome // the counts, and Changed
	}{
		"nothing to do":                      {},
		"a step that changes something":      {jobs: []job{good}, want: Outcome{Done: 1, Changed: true}},
		"one that fails may have done it":    {jobs: []job{bad}, want: Outcome{Failed: 1, Changed: true}},
		"waiting changes nothing":            {before: []plan.Step{settle()}, want: Outcome{Done: 1}},
		"a change before waiting counts":     {jobs: []job{good}, after: []plan.Step{settle("good")}, want: Outcome{Done: 2, Changed: true}},
		"a change after waiting counts":      {before: []plan.Step{settle()}, jobs: []job{good}, want: Outcome{Done: 2, Changed: true}},
		"a change that was not tried is not": {before: []plan.Step{settle()}, jobs: []job{good}, stopped: true, want: Outcome{Skipped: 2}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				steps, world := jobs(test.jobs)
				world.script[listMembers] = says(threeMembers)
				steps = append(append(test.before, steps...), test.after...)
				stop := make(chan struct{})
				if test.stopped {
					close(stop)
				}
				var got events
				outcome, _ := (&Engine{Backend: world, Parallelism: 1, Stop: stop}).Run(t.Context(), &plan.Plan{Steps: steps}, &got)
				checkFrame(t, got, outcome, len(steps))
				for _, o := range []Outcome{outcome, *got[len(got)-1].Outcome} {
					counts := Outcome{Done: o.Done, Failed: o.Failed, Skipped: o.Skipped, Changed: o.Changed}
					if diff := cmp.Diff(test.want, counts); diff != "" {
						t.Errorf("outcome (-want +got):\n%s", diff)
					}
				}
			})
		})
	}
}
