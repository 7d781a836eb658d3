package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
)

// settle waits until the join of that member has ended and the cluster says that the member is Online. When this
// run did not start the join, only the cluster is asked.
func (t *task) settle(ctx context.Context, name string) error {
	if started, known := t.joins.get(name); known {
		t.say("waiting for the join of %s to end", name)
		watch := joinWatch{task: t, started: started}
		if err := t.poll(ctx, pollEvery, func() (bool, error) {
			watch.await(ctx)
			return watch.ended(ctx)
		}); err != nil {
			late := &attempt{task: t, join: started.join, joiner: started.joiner}
			return late.abandon(ctx, err, false)
		}
	}
	t.say("waiting for %s to be Online", name)
	return t.poll(ctx, pollEvery, func() (bool, error) {
		// Whatever is in the way may pass, a change of the leader for one: ask again until the limit.
		t.trouble = t.online(ctx, name)
		return t.trouble == nil, nil
	})
}

// online returns nil when the cluster says that the member is Online, and otherwise why not.
func (t *task) online(ctx context.Context, name string) error {
	members, err := t.members(ctx)
	if err != nil {
		return err
	}
	m, ok := find(members, name)
	if !ok {
		return errors.New("the cluster does not list it")
	}
	if !m.online() {
		return errors.New("it is " + m.Status)
	}
	return nil
}

// joinWatch looks at the operation of a join, which lives on the joiner.
type joinWatch struct {
	task    *task
	started startedJoin
	// lost is when the joiner stopped answering, probed when it was last asked whether it hangs.
	lost, probed time.Time
	// failed reports that the operation has ended badly, so that the join is over.
	failed bool
}

// await lets the joiner answer when the operation has ended, after a second at the latest. How it ended is for
// [joinWatch.ended] to ask: the daemons tell that in different ways here.
func (w *joinWatch) await(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second+w.task.limits.Answer)
	defer cancel()
	if w.started.operation != "" {
		_, _ = w.task.ask(ctx, w.started.joiner, drivers.Call{Method: "GET", Path: w.started.operation + "/wait",
			Query: map[string]string{"timeout": "1"}})
	}
}

// ended reports whether the operation has ended, with its failure. One that is not known any more counts as
// ended: the cluster's members show how.
func (w *joinWatch) ended(ctx context.Context) (bool, error) {
	if w.started.operation == "" {
		return true, nil
	}
	var op drivers.Operation
	_, err := w.task.get(ctx, w.started.joiner, w.started.operation, nil, &op)
	switch {
	case drivers.Is(err, drivers.NotFound):
		return true, nil
	case err != nil && ctx.Err() != nil:
		return false, err
	case err != nil:
		return w.silent(err)
	case op.Final():
		err := operationError("", op) // the JoinError names the member
		w.failed = err != nil
		return true, err
	}
	w.lost = time.Time{}
	return false, w.hung(ctx)
}

// silent says what it means that the joiner does not answer us: nothing for a while; then, over HTTPS, that it
// has the certificate and the trust store of the cluster now, so that the cluster has to be asked. A daemon that is
// gone is a failure, although the cluster shows it as Online until cluster.offline_threshold has passed.
func (w *joinWatch) silent(err error) (bool, error) {
	w.task.trouble = err
	if w.lost.IsZero() {
		w.lost = time.Now()
	}
	switch {
	case time.Since(w.lost) < w.task.limits.Flip:
		return false, nil
	case drivers.Is(err, drivers.Certificate) || drivers.Is(err, drivers.Denied):
		return true, nil
	default:
		return false, fmt.Errorf("the daemon stopped answering during the join: %w", err)
	}
}

// hung recognises the deadlock of LXD before 5.0.4 and 5.21, and of Incus 6: a join that fails after it has
// taken the lock of the database waits for that lock itself. The operation runs for ever then, and everything
// that reads the database on the joiner gets no answer (measured on LXD 5.0.2).
func (w *joinWatch) hung(ctx context.Context) error {
	limits := w.task.limits
	// With 300 ms between members a join takes half a minute and an answer five seconds (measured): a slow way counts.
	patience, answer := limits.Hung+200*w.started.slow, limits.Answer+20*w.started.slow
	if time.Since(w.started.began) < patience || time.Since(w.probed) < patience {
		return nil
	}
	if listed, err := w.task.listed(ctx, w.started.join.Name); err != nil || listed {
		w.task.trouble = err // the cluster is what does not answer, or it has the member: nothing hangs for sure
		return nil
	}
	short, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	_, err := w.task.ask(short, w.started.joiner, drivers.Call{Method: "GET", Path: "/1.0/cluster"})
	w.probed = time.Now()
	if err == nil || ctx.Err() != nil || short.Err() == nil {
		return nil
	}
	return &hungError{after: time.Since(w.started.began).Round(time.Second), unanswered: answer.Round(time.Second)}
}

// hungError says that a join hangs and how that was seen.
type hungError struct{ after, unanswered time.Duration }

func (e *hungError) Error() string {
	return fmt.Sprintf("the join hangs: its operation still runs after %s and GET /1.0/cluster on the joiner gave no answer for %s", e.after, e.unanswered)
}

// Verify holds what the steps promised against the live cluster and returns the promises that were not kept, in
// the order of the steps, which are all done. It calls nothing.
//
// A step whose object a later step brings or removes again is left to that later step. A promised state
// "pending" means that the object, or the member's part of it, is defined: a later step carries it on.
func Verify(live schema.Cluster, steps []plan.Step) []StepError {
	last := map[schema.Ref]bool{}
	for _, s := range steps {
		last[s.Expect.Ref] = s.Expect.Absent
	}
	var out []StepError
	for _, s := range steps {
		if s.Expect.Ref.Kind == "" || s.Expect.Absent != last[s.Expect.Ref] {
			continue
		}
		if err := unmet(live, s.Expect); err != nil {
			out = append(out, StepError{Step: s, Err: err})
		}
	}
	return out
}

// unmet returns what was found instead of what is expected, nil when they agree.
func unmet(live schema.Cluster, want plan.Expect) error {
	object, found := live.Get(want.Ref)
	switch {
	case want.Absent && want.Member != "":
		if _, there := object.Members[want.Member]; there {
			return fmt.Errorf("checking %s: %s still has it", want.Ref, want.Member)
		}
		return nil
	case want.Absent && found:
		return fmt.Errorf("checking %s: it is still there", want.Ref)
	case want.Absent:
		return nil
	case !found:
		return fmt.Errorf("checking %s: it is not there", want.Ref)
	}
	state, where := object.State, ""
	if want.Member != "" {
		part, ok := object.Members[want.Member]
		if !ok {
			return fmt.Errorf("checking %s: %s has no part of it", want.Ref, want.Member)
		}
		state, where = part.State, " on "+want.Member
	}
	if want.State == "" || want.State == schema.StatePending || want.State == state {
		return nil
	}
	return fmt.Errorf("checking %s: expected it to be %s%s, found it %s", want.Ref, want.State, where, state)
}
