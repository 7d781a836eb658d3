package apply

import (
	"testing"
	"time"

	"clusterctl/plan"
)

func TestSpanGoesByNeedsSectionsAndParallelism(t *testing.T) {
	t.Parallel()
	steps := []plan.Step{{ID: "a"}, {ID: "b"}, {ID: "c", Needs: []plan.StepID{"a"}},
		{ID: "d", Sections: []plan.Section{"one"}}, {ID: "e", Sections: []plan.Section{"one"}}}
	takes := map[plan.StepID]time.Duration{"a": 1, "b": 2, "c": 4, "d": 8, "e": 16}
	for parallelism, want := range map[int]time.Duration{1: 31, 2: 26, 9: 24} {
		if got := Span(steps, takes, parallelism); got != want {
			t.Errorf("%d at a time: got %d, want %d", parallelism, got, want)
		}
	}
}
