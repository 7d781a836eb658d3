package render

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"clusterctl/apply"
	"clusterctl/cmd/session"
	"clusterctl/plan"
)

// Live is a terminal whose last lines change while something runs.
type Live interface {
	// Show has the lines there that the function returns, which is called again and again from another goroutine, until
	// hide is called. What is written to the terminal meanwhile stands above them.
	Show(lines func() []string) (hide func())
}

// board has the live lines of a run: the running steps, each with a clock, and how far the whole is.
type board struct {
	live Live
	// forecast says how long steps will take, if that is known.
	forecast func([]plan.Step) (session.Forecast, bool)

	// The goroutine of the events writes, that of the live lines reads.
	mu          sync.Mutex
	running     []runningStep
	began       time.Time
	done, steps int
	usual       session.Forecast
	known       bool
	// work is how long the steps take one after the other, left those that have not ended.
	work, left time.Duration
}

// runningStep is a step with its title, the time since when it runs, and what it said last.
type runningStep struct {
	id          plan.StepID
	title, said string
	since       time.Time
}

// show begins with the steps of a run.
func (b *board) show(e apply.Event) (hide func()) {
	b.began, b.steps = e.Time, len(e.Steps)
	if b.forecast != nil {
		b.usual, b.known = b.forecast(e.Steps)
	}
	if b.known {
		for _, took := range b.usual.Steps {
			b.work += took
		}
		b.left = b.work
	}
	return b.live.Show(b.lines)
}

// event notes what became of a step of that title.
func (b *board) event(e apply.Event, title string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := slices.IndexFunc(b.running, func(r runningStep) bool { return r.id == e.Step.ID })
	switch {
	case e.Kind == apply.Started:
		b.running = append(b.running, runningStep{id: e.Step.ID, title: title, since: e.Time})
	case e.Kind == apply.Progress && at >= 0:
		b.running[at].said = e.Message
	case at >= 0: // one that is not found done fails once more, when it does not run
		b.running = slices.Delete(b.running, at, at+1)
		b.left -= b.usual.Steps[e.Step.ID]
		b.done++
	}
}

func (b *board) lines() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	left := b.left
	var out []string
	for _, r := range b.running {
		line := r.title
		if r.said != "" && r.said != apply.StillRunning {
			line += ": " + clean(r.said)
		}
		out = append(out, line+" ("+session.Took(now.Sub(r.since))+")")
		left -= min(now.Sub(r.since), b.usual.Steps[r.id])
	}
	last := fmt.Sprintf("%d/%d steps, %s", b.done, b.steps, session.Took(now.Sub(b.began)))
	switch {
	case b.done == b.steps:
		last += ", checking what was done"
	case b.known && left > 0: // what takes longer than ever is not known
		rest := math.Ceil(b.usual.Whole.Seconds() * float64(left) / float64(b.work))
		last += ", about " + (time.Duration(rest) * time.Second).String() + " left"
	}
	return append(out, last)
}
