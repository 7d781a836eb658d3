package apply

import (
	"fmt"

	"clusterctl/plan"
)

// queue knows which steps may start. It is a plain value machine: no goroutine, no clock.
type queue struct {
	steps   []plan.Step
	state   []stepState
	index   map[plan.StepID]int
	running int
	// serial reports that a serial step runs.
	serial bool
	// halted says why nothing new starts; empty while things go well.
	halted string
}

type stepState int

const (
	stepWaiting stepState = iota
	stepRunning
	stepDone
	stepFailed
)

func newQueue(steps []plan.Step) *queue {
	q := &queue{steps: steps, state: make([]stepState, len(steps)), index: make(map[plan.StepID]int, len(steps))}
	for i, s := range steps {
		q.index[s.ID] = i
	}
	return q
}

// start marks the first step that may run as running and returns it; false when none may, or limit run already.
func (q *queue) start(limit int) (int, bool) {
	if q.halted != "" || q.running >= limit {
		return 0, false
	}
	for i, s := range q.steps {
		if q.state[i] != stepWaiting || (s.Serial && q.serial) || !q.satisfied(s) {
			continue
		}
		q.state[i] = stepRunning
		q.running++
		q.serial = q.serial || s.Serial
		return i, true
	}
	return 0, false
}

func (q *queue) satisfied(s plan.Step) bool {
	for _, need := range s.Needs {
		if q.state[q.index[need]] != stepDone {
			return false
		}
	}
	return true
}

// end records how a running step ended. The first failure halts the queue.
func (q *queue) end(i int, err error) {
	q.running--
	if q.steps[i].Serial {
		q.serial = false
	}
	if err == nil {
		q.state[i] = stepDone
		return
	}
	q.state[i] = stepFailed
	q.halt(fmt.Sprintf("%q failed before it", q.steps[i].Title))
}

// halt keeps new steps from starting. The first reason counts.
func (q *queue) halt(reason string) {
	if q.halted == "" {
		q.halted = reason
	}
}

// why says why a step was not tried: the failed step it needs, directly or not, or why the queue was halted.
// It is asked in the order of the plan; reasons has the answers for earlier steps.
func (q *queue) why(i int, reasons map[plan.StepID]string) string {
	for _, need := range q.steps[i].Needs {
		n := q.index[need]
		if q.state[n] == stepFailed {
			return fmt.Sprintf("it needs %q, which failed", q.steps[n].Title)
		}
		if reason, ok := reasons[need]; ok && reason != q.halted {
			return reason
		}
	}
	return q.halted
}
