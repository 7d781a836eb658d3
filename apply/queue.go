package apply

import (
	"fmt"
	"slices"

	"clusterctl/plan"
)

// queue knows which steps may start. It is a plain value machine: no goroutine, no clock.
type queue struct {
	steps []plan.Step
	state []stepState
	index map[plan.StepID]int
	// missing counts the needs of each step that are not done yet, needed has the steps that wait for each one.
	missing []int
	needed  [][]int
	// ready are the waiting steps of which nothing is missing, in the order of the plan.
	ready   []int
	running int
	// held are the sections that running steps hold.
	held map[plan.Section]bool
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
	q := &queue{steps: steps, state: make([]stepState, len(steps)), index: make(map[plan.StepID]int, len(steps)),
		missing: make([]int, len(steps)), needed: make([][]int, len(steps)), held: map[plan.Section]bool{}}
	for i, s := range steps {
		q.index[s.ID] = i
		q.missing[i] = len(s.Needs)
		for _, need := range s.Needs {
			n := q.index[need]
			q.needed[n] = append(q.needed[n], i)
		}
		if len(s.Needs) == 0 {
			q.ready = append(q.ready, i)
		}
	}
	return q
}

// start marks the first step that may run as running and returns it; false when none may, or limit run already.
func (q *queue) start(limit int) (int, bool) {
	if q.halted != "" || q.running >= limit {
		return 0, false
	}
	for at, i := range q.ready {
		if slices.ContainsFunc(q.steps[i].Sections, func(s plan.Section) bool { return q.held[s] }) {
			continue
		}
		q.ready = slices.Delete(q.ready, at, at+1)
		q.state[i] = stepRunning
		q.running++
		q.hold(i, true)
		return i, true
	}
	return 0, false
}

// hold notes that a step has its sections, or has them no more.
func (q *queue) hold(i int, held bool) {
	for _, s := range q.steps[i].Sections {
		q.held[s] = held
	}
}

// release takes the step off the needs of others, and lets those start that have none left.
func (q *queue) release(done int) {
	for _, i := range q.needed[done] {
		if q.missing[i]--; q.missing[i] == 0 {
			at, _ := slices.BinarySearch(q.ready, i)
			q.ready = slices.Insert(q.ready, at, i)
		}
	}
}

// end records how a running step ended. The first failure halts the queue.
func (q *queue) end(i int, err error) {
	q.running--
	q.hold(i, false)
	if err == nil {
		q.state[i] = stepDone
		q.release(i)
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
		if n := q.index[need]; q.state[n] == stepFailed {
			return fmt.Sprintf("it needs %q, which failed", q.steps[n].Title)
		}
		if reason, ok := reasons[need]; ok && reason != q.halted {
			return reason
		}
	}
	return q.halted
}
