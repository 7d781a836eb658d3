package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"

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
	// Restarting is told before a member's daemon is restarted, unless it is nil.
	Restarting func()
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
	ctx = drivers.Changing(ctx)
	r := newRun(e, p, sink)
	r.emit(Event{Kind: Planned, Steps: p.Steps})
	r.loop(ctx)
	r.withdraw(ctx)
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

// Limits is how long a step may take by the kind of its operation, and how long the waits inside one may.
// A zero field means the value of [DefaultLimits].
type Limits struct {
	Request, Edit, Bootstrap, Join, Settle, Remove, Evacuate, Move, Upload, Copies, Shell, Await time.Duration
	// Hung is how long a join's operation may run before the joiner is asked whether it hangs.
	Hung time.Duration
	// Answer is how long the joiner is given for that answer.
	Answer time.Duration
	// Flip is how long a member may be unreachable or show another certificate while it enters the cluster.
	Flip time.Duration
	// Read is how long the reading at the end of a run may take.
	Read time.Duration
	// Cleanup is how long tidying up after a failed join may take.
	Cleanup time.Duration
}

// DefaultLimits returns the limits that are used where nobody says otherwise. A join of LXD 5.0.2 takes 1 to
// 3 s, 9 s when the leader dies meanwhile; a joiner waits 60 s for the database's leader before it gives up.
func DefaultLimits() Limits {
	return Limits{Request: 5 * time.Minute, Edit: time.Minute, Bootstrap: 2 * time.Minute, Join: 2 * time.Minute,
		Settle: 3 * time.Minute, Remove: 2 * time.Minute, Evacuate: 30 * time.Minute, Move: 4 * time.Hour,
		Upload: 30 * time.Minute, Copies: 5 * time.Minute, Shell: 20 * time.Minute, Await: 10 * time.Minute,
		Hung: 20 * time.Second, Answer: 5 * time.Second, Flip: 15 * time.Second, Cleanup: 15 * time.Second,
		Read: time.Minute}
}

// orDefault fills the zero fields.
func (l Limits) orDefault() Limits {
	given, usual := reflect.ValueOf(&l).Elem(), reflect.ValueOf(DefaultLimits())
	for i := range given.NumField() {
		if given.Field(i).IsZero() {
			given.Field(i).Set(usual.Field(i))
		}
	}
	return l
}

// of returns the limit for a step of that kind: that of a request where there is none of its own.
func (l Limits) of(kind plan.OpKind) time.Duration {
	return cmp.Or(map[plan.OpKind]time.Duration{
		plan.OpEdit: l.Edit, plan.OpBootstrap: l.Bootstrap, plan.OpJoin: l.Join, plan.OpSettle: l.Settle,
		plan.OpRemove:   l.Remove,
		plan.OpEvacuate: l.Evacuate, plan.OpMove: l.Move, plan.OpUpload: l.Upload, plan.OpPull: l.Upload,
		plan.OpCopies: l.Copies,
		plan.OpShell:  l.Shell, plan.OpAwait: l.Await, plan.OpRestart: l.Await,
	}[kind], l.Request)
}
