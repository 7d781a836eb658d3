package session

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"clusterctl/apply"
	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
)

// look is what is done with a survey before or after its plan is carried out.
type look func(ctx context.Context, v *Survey) error

// carryOut locks the cluster, or what is to become one, and runs the steps. When somebody else had the lock in the
// meantime, again looks at the plan before.
func (r *Run) carryOut(ctx context.Context, v *Survey, again look) error {
	return r.carryOutThen(ctx, v, again, func(context.Context, *Survey) error { return nil })
}

// carryOutThen is [Run.carryOut] with what comes then, once all is done, and needs no lock.
func (r *Run) carryOutThen(ctx context.Context, v *Survey, again, then look) error {
	r.keeps = true
	bootstrap := bootstrapOf(v.Plan)
	dead := !v.Facts.Clustered && bootstrap == "" // the database is: nobody has it
	if r.Lock.Off && !dead {
		r.Warn(errors.New("no lock is taken: " + unlocked))
	}
	if dead || r.Lock.Off {
		if err := r.runSteps(ctx, v, nil); err != nil {
			return err
		}
		return then(ctx, v)
	}
	held, err := r.lock(ctx, v.backend, bootstrap)
	if held == nil {
		return err
	}
	return r.holding(ctx, held, func(ctx context.Context) error {
		// Before there was a cluster others may have formed it without anybody having to wait.
		if errors.Is(err, errWaited) || !v.Facts.Clustered && (!r.Approve || inCluster(ctx, v.backend, bootstrap)) {
			if err := again(ctx, v); err != nil || v.Plan.Empty() {
				return err
			}
		}
		return r.runSteps(ctx, v, held)
	}, func() error { return then(ctx, v) })
}

// bootstrapOf is the member that the plan bootstraps, empty if none.
func bootstrapOf(p *plan.Plan) string {
	if i := slices.IndexFunc(p.Steps, func(s plan.Step) bool { return s.Op.Bootstrap != nil }); i >= 0 {
		return p.Steps[i].Member
	}
	return ""
}

// inCluster reports that a server which was in no cluster when it was read is in one, or does not tell. Where somebody
// was asked meanwhile that is not enough: there was time for more.
func inCluster(ctx context.Context, backend drivers.Backend, member string) bool {
	api, err := backend.API(ctx, member)
	if err != nil {
		return true
	}
	server, err := drivers.ServerOf(ctx, api)
	return err != nil || server.Clustered()
}

// upToDate fails when the cluster is not as the plan, which cannot be made again, saw it.
func (r *Run) upToDate(ctx context.Context, v *Survey) error {
	live, err := r.Read(ctx, v.backend)
	if err != nil {
		return err
	}
	if err := r.stale(v.Plan, live, "somebody else had the lock and changed the cluster"); err != nil {
		return Fail(ExitStale, "Nothing was touched. Run it again.", err)
	}
	return nil
}

// stale fails, and reports to the person, when something is no longer as the plan saw it, which is why, or when this is
// another cluster.
func (r *Run) stale(p *plan.Plan, live schema.Cluster, why string) error {
	moved, elsewhere := plan.Moved(p, live), p.Elsewhere(live.Facts)
	if len(moved)+len(elsewhere) == 0 {
		return nil
	}
	r.result.Result = "stale"
	r.result.Moved = schema.Map(moved, func(c plan.Change) schema.Ref { return c.Ref })
	if len(moved) > 0 {
		r.Report.Tell(Stale(moved))
	}
	if len(elsewhere) > 0 {
		why = strings.Join(elsewhere, "; ")
	}
	return errors.New("the plan is stale: " + why)
}

// planAgain makes the plan anew. Another one is shown, and asked about by whom was asked before; what it destroys needs
// its name as ever.
func (r *Run) planAgain(ctx context.Context, v *Survey) error {
	before := v.Plan
	err := v.read(ctx, r.Session, r.Options)
	if err != nil || samePlan(before, v.Plan) && !v.Plan.Refused() {
		return err
	}
	v.rehearse(ctx, r.Session, r.Options)
	r.Report.Tell(Note{Kind: NotePlannedAgain})
	if err := r.show(v); err != nil || v.Plan.Empty() {
		return err
	}
	return r.consent(ctx, Question{Steps: len(v.Plan.Steps)})
}

// samePlan reports that two plans have the same steps.
func samePlan(a, b *plan.Plan) bool {
	one, err := json.Marshal(a.Steps)
	other, err2 := json.Marshal(b.Steps)
	return errors.Join(err, err2) == nil && bytes.Equal(one, other)
}

// runSteps runs the steps while the lock, unless it is nil, is held.
func (r *Run) runSteps(ctx context.Context, v *Survey, held *apply.Holding) error {
	stop, done := r.Signals.gently(func() { r.Report.Tell(Note{Kind: NoteStopping}) })
	defer done()
	engine := &apply.Engine{Backend: v.backend, Secret: v.secrets.Secret, Open: r.uploads(v.Files()), OwnKeys: r.ownKeys(),
		Parallelism: r.Limits.Parallelism, Stop: stop}
	if held != nil {
		engine.Fence, engine.Restarting = held.Check, held.Restarting
	}
	if t := r.Limits.Timeout; r.Limits.Chosen {
		engine.Limits = apply.Limits{Request: t, Edit: t, Bootstrap: t, Join: t, Settle: t, Upload: t, Copies: t}
	}
	count := &tally{}
	outcome, err := engine.Run(ctx, v.Plan, sinks{count, r.noted(v.Plan)})
	r.result.Objects = count.of(v.Plan)
	r.result.Done, r.result.Failed, r.result.Skipped = outcome.Done, outcome.Failed, outcome.Skipped
	r.result.TookMS = outcome.Took.Milliseconds()
	if err == nil {
		return nil
	}
	code, result := ExitError, "error"
	if outcome.Changed {
		code, result = ExitPartial, "partial"
	}
	var lost *apply.LostError
	var expired *apply.ExpiredError
	switch {
	case errors.Is(err, apply.ErrRefused):
		code, result = ExitConsent, "refused"
	case errors.As(err, &lost):
		code, result = ExitLocked, "locked"
	case errors.As(err, &expired):
		code, result = ExitPartial, "partial"
	}
	r.result.Result = result
	return Fail(code, r.goOn(v.Plan, outcome), err)
}

// goOn says how to continue after steps failed or were not tried.
func (r *Run) goOn(p *plan.Plan, o apply.Outcome) string {
	place := "in the cluster's database"
	if slices.ContainsFunc(p.Steps, func(s plan.Step) bool { return s.Op.Shell != nil }) {
		place = "on the members"
	}
	left := "" // nobody has looked at it yet
	if o.Failed > 0 {
		left = " If what failed left a part behind, the next plan says so."
	}
	return fmt.Sprintf("%d done, %d failed, %d not tried. What was done is %s, and need not be undone.%s\n"+
		"When the cause is out of the way, run again: clusterctl %s", o.Done, o.Failed, o.Skipped, place, left,
		Quoted(r.Words))
}
