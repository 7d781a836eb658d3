package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"clusterctl/drivers/sandbox"
	"clusterctl/plan"
	"clusterctl/schema"
)

// cuts are the ways in which a step is broken off. Each lets something go wrong in a fork of the rehearsal.
var cuts = []struct {
	what string
	cut  func(ctx context.Context, r *rehearsal, step plan.Step) error
}{
	{"clusterctl is killed before it", func(context.Context, *rehearsal, plan.Step) error { return nil }},
	{"the connection is lost before it has an effect", injected(sandbox.FaultCut)},
	{"the connection is lost after it had its effect", injected(sandbox.FaultDrop)},
	{"the daemon is killed before it", func(ctx context.Context, r *rehearsal, step plan.Step) error {
		member := r.asked(step)
		if member == "" {
			return nil
		}
		err := r.world.Stop(ctx, member)
		r.tryStep(ctx, step)
		return errors.Join(err, r.world.Restart(ctx, member))
	}},
}

func injected(kind sandbox.FaultKind) func(context.Context, *rehearsal, plan.Step) error {
	return func(ctx context.Context, r *rehearsal, step plan.Step) error {
		method, path := http.MethodPut, "/1.0/cluster"
		if q := step.Op.Request; q != nil {
			method, path = q.Method, q.Path
		} else if step.Op.Join == nil && step.Op.Bootstrap == nil {
			method, path = "", ""
		}
		err := r.world.Inject(ctx, sandbox.Fault{Kind: kind, Method: method, Path: path, Times: 1})
		r.tryStep(ctx, step)
		return errors.Join(err, r.world.Heal())
	}
}

// asked is the member whose daemon a step reaches.
func (r *rehearsal) asked(step plan.Step) string {
	if step.Member != "" {
		return step.Member
	}
	live, err := r.backend.Read(context.Background())
	if err != nil {
		return ""
	}
	return live.Facts.Leader
}

// alone is a plan of nothing but that step.
func (r *rehearsal) alone(step plan.Step) *plan.Plan {
	p := *r.survey.Plan
	step.Needs = nil
	p.Diagnostics, p.Steps = nil, []plan.Step{step}
	return &p
}

// tryStep runs one step, whatever comes of it.
func (r *rehearsal) tryStep(ctx context.Context, step plan.Step) {
	engine := r.engine(time.Second)
	engine.Limits.Flip, engine.Limits.Hung, engine.Limits.Cleanup = time.Second/2, time.Second/2, time.Second/2
	_, _ = engine.Run(ctx, r.alone(step), doneSink{}) // it is to go wrong
}

// prove breaks the plan off at every step in every way, and goes on each time with a new plan, in a fork of the copy.
func (v *Survey) prove(ctx context.Context, s *Session, opts plan.Options) {
	if !s.Prove || v.Plan.Rehearsal == nil {
		return
	}
	p := &prover{rehearsal: &rehearsal{survey: v, session: s, options: opts, left: map[plan.StepID]bool{}},
		proof: plan.Proof{Of: len(cuts) * len(v.Plan.Steps)}}
	ctx, cancel := context.WithTimeout(ctx, s.Limits.Timeout)
	defer cancel()
	err := p.run(ctx)
	switch {
	case ctx.Err() != nil:
		p.proof.Why = "the time of --timeout was over"
	case err != nil:
		p.proof.Why = err.Error()
	}
	slices.SortFunc(p.proof.Failed, func(a, b plan.Unproved) int {
		return cmp.Or(cmp.Compare(a.Step, b.Step), cmp.Compare(a.What, b.What))
	})
	proved, rehearsed := *v.Plan, *v.Plan.Rehearsal
	rehearsed.Proof, proved.Rehearsal = &p.proof, &rehearsed
	v.Plan = &proved
}

// prover walks along the steps of a rehearsal.
type prover struct {
	*rehearsal
	mu    sync.Mutex
	proof plan.Proof
}

func (p *prover) run(ctx context.Context) error {
	if result := p.survey.Plan.Rehearsal.Result; result != plan.RehearsedWhole && result != plan.RehearsedBut {
		return errors.New("the rehearsal itself did not end well")
	}
	return p.onCopy(ctx, func() error {
		if len(p.left) > 0 {
			return errors.New("the rehearsal leaves out steps")
		}
		var group errgroup.Group
		group.SetLimit(8 * runtime.NumCPU()) // they wait for most of the time
		err := p.walk(ctx, &group)
		return errors.Join(err, group.Wait())
	})
}

// walk takes every step, after it was broken off in forks.
func (p *prover) walk(ctx context.Context, group *errgroup.Group) error {
	for _, step := range p.survey.Plan.Steps {
		for _, c := range cuts {
			world, err := p.world.Fork(ctx)
			if err != nil {
				return err
			}
			fork := &rehearsal{survey: p.survey, session: p.session, options: p.options, world: world, backend: world.Backend(),
				left: map[plan.StepID]bool{}}
			group.Go(func() (err error) {
				defer unbroken(&err)
				left, err := fork.goOn(ctx, step, c.cut)
				if err = errors.Join(err, fork.backend.Close(), fork.world.Close()); err == nil && ctx.Err() == nil {
					p.tell(plan.Unproved{Step: step.ID, What: c.what, Left: left})
				}
				return err
			})
		}
		if failed, err := p.runSteps(ctx, p.alone(step), map[plan.StepID]bool{}); err != nil || len(failed) > 0 {
			return cmp.Or(err, fmt.Errorf("%s fails by itself", step.ID))
		}
	}
	return nil
}

// tell counts an interruption.
func (p *prover) tell(u plan.Unproved) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.proof.Interruptions++; u.Left != "" {
		p.proof.Failed = append(p.proof.Failed, u)
	}
}

// goOn breaks a step off, plans again, applies that, and says what is left then.
func (r *rehearsal) goOn(ctx context.Context, step plan.Step,
	cut func(context.Context, *rehearsal, plan.Step) error) (left string, err error) {
	if err := cut(ctx, r, step); err != nil {
		return "", err
	}
	live, err := r.read(ctx)
	if err != nil {
		return "", err
	}
	again := r.plan(live)
	if again.Refused() {
		return "the new plan is refused: " + again.Diagnostics.Error(), nil
	}
	failed, err := r.runSteps(ctx, again, map[plan.StepID]bool{})
	if err == nil && len(failed) > 0 {
		err = failed[0]
	}
	if err != nil {
		return err.Error(), nil //nolint:nilerr // this is what is left
	}
	if live, err = r.read(ctx); err != nil {
		return "", err
	}
	still := leftOf(r.plan(live))
	return strings.Join(schema.Map(slices.SortedFunc(maps.Keys(still), schema.Ref.Compare),
		func(ref schema.Ref) string { return ref.String() + ": " + still[ref] }), "; "), nil
}
