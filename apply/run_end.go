package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"clusterctl/plan"
)

// withdraw takes the certificates out of the trust store again of servers whose joins have not begun: who has the key
// of one may do what a member may. Where the lock was lost, somebody else may go on with them.
func (r *run) withdraw(ctx context.Context) {
	if r.fenced != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.limits.Cleanup)
	defer cancel()
	for _, step := range r.plan.Steps {
		if step.Op.Join == nil {
			continue
		}
		if a, admitted := r.joins.take(step.Op.Join.Name); admitted {
			a.distrust(ctx)
		}
	}
}

// skipRest reports the steps that were not tried.
func (r *run) skipRest() {
	reasons := map[plan.StepID]string{}
	for i, step := range r.plan.Steps {
		if r.queue.state[i] != stepWaiting {
			continue
		}
		reasons[step.ID] = r.queue.why(i, reasons)
		r.outcome.Skipped++
		r.emit(Event{Kind: Skipped, Step: step, Message: reasons[step.ID]})
	}
}

// verify reads the cluster once and turns what the done steps promised and did not keep into failures.
// When the run failed already, a reading that fails as well is not reported: it has the same cause.
func (r *run) verify(ctx context.Context) error {
	var finished []plan.Step
	for i, step := range r.plan.Steps {
		if r.queue.state[i] == stepDone && step.Expect.Ref.Kind != "" {
			finished = append(finished, step)
		}
	}
	if len(finished) == 0 || ctx.Err() != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.limits.Read)
	defer cancel()
	live, err := r.engine.Backend.Read(ctx)
	if err != nil {
		err = fmt.Errorf("reading the cluster to check what was done: %w", err)
		if r.outcome.Failed > 0 {
			err = nil
		}
		return err
	}
	for _, failure := range Verify(live, finished) {
		r.outcome.Done--
		r.fail(failure, r.steps[r.queue.index[failure.Step.ID]].took)
	}
	return nil
}

// finish emits the last event and makes the error of the run.
func (r *run) finish(err error) (Outcome, error) {
	r.outcome.Took = time.Since(r.began)
	r.outcome.Stopped = r.stopped && r.outcome.Skipped+r.outcome.Failed > 0
	outcome := r.outcome
	r.emit(Event{Kind: Finished, Outcome: &outcome})
	errs := []error{r.fenced, err}
	for _, failure := range outcome.Failures {
		errs = append(errs, failure)
	}
	if outcome.Stopped {
		errs = append(errs, ErrStopped)
	}
	return outcome, errors.Join(errs...)
}
