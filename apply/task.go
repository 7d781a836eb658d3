package apply

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
)

// pollEvery is how often a task looks whether something has come true. A look costs the daemon a few
// milliseconds; the next pipelined join waits for the answer.
const pollEvery = 50 * time.Millisecond

// task is one step that runs. It lives in one goroutine.
type task struct {
	engine  *Engine
	limits  Limits
	flavour schema.Flavour
	step    plan.Step
	joins   *joins
	// report tells the run what the task is doing.
	report func(text string)
	// doing is what was reported last, and trouble the last failure that was waited out meanwhile.
	doing   string
	trouble error
	// found is what a step that looks has seen, for its last event.
	found string
	// secrets are the values that were put into calls; no error may show them.
	secrets []string
}

// run does the step within the limit of its kind.
func (t *task) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, t.limits.of(t.step.Op.Kind))
	defer cancel()
	began := time.Now()
	err := t.redact(t.do(ctx))
	t.trace(ctx, began).Bool("failed", err != nil).Msg("step")
	return err
}

// trace begins a line of the log about what began then: with these lines a run can be taken apart into calls and waits.
func (t *task) trace(ctx context.Context, began time.Time) *zerolog.Event {
	return zerolog.Ctx(ctx).Trace().Str("step", string(t.step.ID)).Str("member", t.step.Member).Dur("took",
		time.Since(began))
}

func (t *task) do(ctx context.Context) error {
	op := t.step.Op
	switch {
	case (op.Kind == plan.OpRequest || op.Kind == plan.OpEvacuate || op.Kind == plan.OpPull) && op.Request != nil:
		return t.request(ctx, *op.Request)
	case op.Kind == plan.OpRemove && op.Request != nil:
		return t.remove(ctx, *op.Request)
	case op.Kind == plan.OpLeaveRaft && op.LeaveRaft != nil:
		return t.leaveRaft(ctx, *op.LeaveRaft)
	case op.Kind == plan.OpForget && op.LeaveRaft != nil:
		return t.forget(ctx, *op.LeaveRaft)
	case op.Kind == plan.OpEdit && op.Request != nil:
		return t.edit(ctx, *op.Request)
	case op.Kind == plan.OpMove && op.Move != nil:
		return t.move(ctx, *op.Move)
	case op.Kind == plan.OpUpload && op.Upload != nil:
		return t.upload(ctx, *op.Upload)
	case op.Kind == plan.OpCopies && op.Copies != nil:
		return t.copies(ctx, *op.Copies)
	case op.Kind == plan.OpTrust && op.Introduce != nil:
		return t.introduce(ctx, op.Introduce.Secret)
	case op.Kind == plan.OpAdmit && op.Admit != nil:
		return t.admit(ctx, op.Admit.Name)
	case op.Kind == plan.OpBootstrap && op.Bootstrap != nil:
		return t.bootstrap(ctx, *op.Bootstrap)
	case op.Kind == plan.OpJoin && op.Join != nil:
		return t.join(ctx, *op.Join)
	case op.Kind == plan.OpShell && op.Shell != nil:
		return t.shell(ctx, *op.Shell)
	case op.Kind == plan.OpRestart && op.Shell != nil && op.Await != nil:
		return t.restart(ctx, *op.Shell, *op.Await)
	case op.Kind == plan.OpAwait && op.Await != nil:
		return t.awaitMembers(ctx)
	case op.Kind == plan.OpSettle && op.Settle != nil:
		return t.settle(ctx, op.Settle.Name)
	default:
		return fmt.Errorf("step %s has an operation %q that this version cannot run", t.step.ID, op.Kind)
	}
}

// say reports what the task is doing; the text ends up in the error when a limit runs out.
func (t *task) say(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); text != t.doing {
		t.doing, t.trouble = text, nil
	}
	t.report(t.doing)
}

// call sends one call to a member, "" for any member of the cluster.
func (t *task) call(ctx context.Context, member string, c drivers.Call) (drivers.Reply, error) {
	reply, err := t.ask(ctx, member, c)
	if err != nil {
		return drivers.Reply{}, t.failure(ctx, err)
	}
	return reply, nil
}

// ask is call under a context of its own, for a question whose failure is an answer.
func (t *task) ask(ctx context.Context, member string, c drivers.Call) (drivers.Reply, error) {
	api, err := t.engine.Backend.API(ctx, member)
	if err != nil {
		return drivers.Reply{}, err
	}
	began := time.Now()
	defer func() { t.trace(ctx, began).Str("at", member).Str("call", c.Method+" "+c.Path).Msg("call") }()
	return keeping{api, t.engine.OwnKeys}.Do(ctx, c)
}

// get reads the object at path into out and returns its ETag.
func (t *task) get(ctx context.Context, member, path string, query map[string]string, out any) (string, error) {
	reply, err := t.call(ctx, member, drivers.Call{Method: "GET", Path: path, Query: query})
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(reply.Metadata, out); err != nil {
		return "", &drivers.Error{Kind: drivers.Internal, Op: "GET " + path, Member: member,
			Err: fmt.Errorf("reading the answer: %w", err)}
	}
	return reply.ETag, nil
}

// server asks a member what it is, "" any member of the cluster.
func (t *task) server(ctx context.Context, member string) (s drivers.Server, err error) {
	_, err = t.get(ctx, member, "/1.0", nil, &s)
	return s, err
}

// poll looks every so often until look says that it has come true or fails, or the context ends.
func (t *task) poll(ctx context.Context, every time.Duration, look func() (bool, error)) error {
	began, looks := time.Now(), 0
	defer func() { t.trace(ctx, began).Str("for", t.doing).Int("looks", looks).Msg("waited") }()
	for {
		looks++
		t.report(t.doing)
		ok, err := look()
		if ctx.Err() != nil && !ok {
			return t.failure(ctx, ctx.Err())
		}
		if ok || err != nil {
			return err
		}
		if !drivers.Pause(ctx, every) {
			return t.failure(ctx, ctx.Err())
		}
	}
}

// failure returns err, or what it means when the step's context has ended: the limit that ran out with what was
// waited for and how to look, or that the run was stopped.
func (t *task) failure(ctx context.Context, err error) error {
	switch {
	case ctx.Err() == nil:
		return err
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		text := "no end after " + t.limits.of(t.step.Op.Kind).String()
		if t.trouble != nil {
			text += fmt.Sprintf(" (last answer: %v)", t.trouble)
		}
		return &drivers.Error{Kind: drivers.Timeout, Op: t.doing, Member: t.step.Member,
			Err: errors.New(text + "; " + t.look())}
	default:
		return fmt.Errorf("%s: stopped; the daemon may still finish it: %w", t.doing, context.Cause(ctx))
	}
}

// look says how a person can see what the step was waiting for.
func (t *task) look() string {
	client, log := "lxc", "/var/log/lxd/lxd.log or /var/snap/lxd/common/lxd/logs/lxd.log"
	if t.flavour.Product == schema.Incus {
		client, log = "incus", "/var/log/incus/incusd.log"
	}
	switch t.step.Op.Kind {
	case plan.OpRequest, plan.OpEdit, plan.OpEvacuate, plan.OpMove, plan.OpPull, plan.OpUpload, plan.OpCopies:
		return fmt.Sprintf("look with `%s operation list` and `%s warning list` whether it still runs, then apply again", client, client)
	case plan.OpRemove:
		return fmt.Sprintf("look at `%s cluster list` on a member of the cluster, then apply again", client)
	default:
		return fmt.Sprintf("look at `%s cluster list` on a member of the cluster and at the log of %s (%s), then apply again", client, t.step.Member, log)
	}
}
