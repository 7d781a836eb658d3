package apply

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"clusterctl/plan"
	"clusterctl/schema"
)

// chain makes steps of which each needs two earlier ones.
func chain(n int) []plan.Step {
	out := make([]plan.Step, n)
	for i := range out {
		out[i].ID = plan.StepID(fmt.Sprint(i))
		if i >= 10 {
			out[i].Needs = []plan.StepID{out[i-10].ID, out[i%10].ID}
		}
	}
	return out
}

func TestQueueStartsInTheOrderOfThePlan(t *testing.T) {
	t.Parallel()
	one := []plan.Section{plan.SectionOf(schema.KindNetwork)}
	both := []plan.Section{plan.SectionCluster, plan.SectionOf(schema.KindNetwork)}
	q := newQueue([]plan.Step{{ID: "a"}, {ID: "b", Sections: one}, {ID: "c", Sections: both}, {ID: "d", Needs: []plan.StepID{"a", "a"}}, {ID: "e"}})
	var got []plan.StepID
	start := func() bool {
		i, ok := q.start(3)
		if ok {
			got = append(got, q.steps[i].ID)
		}
		return ok
	}
	for start() {
	}
	q.end(0, nil) // d is free now and comes before what else waits, but c, which waits for b
	for start() {
	}
	q.end(1, nil)
	for start() {
	}
	if want := []plan.StepID{"a", "b", "e", "d", "c"}; !slices.Equal(got, want) {
		t.Errorf("started %v, want %v", got, want)
	}
	q.end(2, errors.New("no"))
	if start() {
		t.Error("something started after a failure")
	}
}

// BenchmarkQueue takes 10,000 steps through the queue, four at once.
func BenchmarkQueue(b *testing.B) {
	steps := chain(10_000)
	for b.Loop() {
		q := newQueue(steps)
		var running []int
		for done := 0; done < len(steps); done++ {
			for i, ok := q.start(4); ok; i, ok = q.start(4) {
				running = append(running, i)
			}
			q.end(running[0], nil)
			running = running[1:]
		}
	}
}
