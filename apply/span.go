package apply

import (
	"time"

	"clusterctl/plan"
)

// Span is how long a run of the steps takes when each takes that long and so many may run at once.
func Span(steps []plan.Step, takes map[plan.StepID]time.Duration, parallelism int) time.Duration {
	q := newQueue(steps)
	ends := map[int]time.Duration{} // of the running steps
	var now time.Duration
	for {
		for i, ok := q.start(parallelism); ok; i, ok = q.start(parallelism) {
			ends[i] = now + takes[steps[i].ID]
		}
		next := -1
		for i, at := range ends {
			if next < 0 || at < ends[next] || at == ends[next] && i < next {
				next = i
			}
		}
		if next < 0 {
			return now
		}
		now = ends[next]
		delete(ends, next)
		q.end(next, nil)
	}
}
