package apply

import (
	"context"
	"errors"
	"fmt"
	"io"

	"clusterctl/drivers"
	"clusterctl/plan"
)

// DefaultParallelism is how many steps run at once when the Engine does not say.
const DefaultParallelism = 4

// ErrStopped is in the error of a run that was asked to stop before every step was tried.
var ErrStopped = errors.New("stopped before every step was tried")

// ErrRefused is the error of a run of a plan that a guard speaks against.
var ErrRefused = errors.New("the plan is refused")

// Engine carries out plans. It holds no state of a run and may be used again.
type Engine struct {
	// Backend reaches the cluster and its members.
	Backend drivers.Backend
	// Secret returns the value of the secret of that name, see schema.SecretMark. It is asked from several
	// goroutines, just before a call that needs the value. Nil is for plans without secrets.
	Secret func(name string) (string, error)
	// Open opens a file of this machine to be uploaded, such as an image. Nil is for plans without uploads.
	Open func(path string) (io.ReadCloser, error)
	// OwnKeys are the server keys that each member has for itself; those that are set go along where a server would lose
	// them otherwise. Without them it is trusted not to.
	OwnKeys []string
	// Parallelism is how many steps run at once; below 1 means DefaultParallelism.
	Parallelism int
	// Limits is how long each kind of step may take; its zero value means the defaults.
	Limits Limits
	// Fence is asked before steps start, unless it is nil. When it fails no step starts any more, running ones are
	// awaited, and its error is in that of the run: somebody else may be at work.
	Fence func(ctx context.Context) error
	// Stop asks for an orderly end when it is closed: running steps are awaited, no new one starts.
	// A nil channel never stops. To stop at once, end the context of Run.
	Stop <-chan struct{}
}

// Run carries the plan out and reads the cluster once at the end to check what the steps promised.
//
// A step starts as soon as all its needs are done, in the order of the plan, at most Parallelism at once and a
// serial step never beside another serial one. After a failure or a Stop no new step starts and running ones
// are awaited. When ctx ends, running steps are given up at once; the daemons may still finish them.
//
// The sink is called from the goroutine of Run: Planned first, Finished last. The error is nil exactly when
// every step was done and found done; otherwise it joins the failures ([StepError]), [ErrStopped], and what
// went wrong with the final reading. A plan that is refused or not well-formed fails before the first event.
func (e *Engine) Run(ctx context.Context, p *plan.Plan, sink Sink) (Outcome, error) {
	if p.Refused() {
		return Outcome{}, ErrRefused
	}
	if err := wellFormed(p.Steps); err != nil {
		return Outcome{}, fmt.Errorf("checking the plan: %w", err)
	}
	r := newRun(e, p, sink)
	r.emit(Event{Kind: Planned, Steps: p.Steps})
	r.loop(ctx)
	r.skipRest()
	err := r.verify(ctx)
	return r.finish(err)
}

// wellFormed checks that steps have distinct names and need only earlier steps, so that there is no circle.
func wellFormed(steps []plan.Step) error {
	seen := make(map[plan.StepID]bool, len(steps))
	for _, s := range steps {
		if s.ID == "" || seen[s.ID] {
			return fmt.Errorf("two steps are called %q", s.ID)
		}
		for _, need := range s.Needs {
			if !seen[need] {
				return fmt.Errorf("step %s needs %s, which does not come before it", s.ID, need)
			}
		}
		seen[s.ID] = true
	}
	return nil
}
