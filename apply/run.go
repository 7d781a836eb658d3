package apply

import (
	"context"
	"time"

	"clusterctl/plan"
)

// A step reports what is new at most every progressEvery, and that it still runs at least every heartbeatEvery. What
// ends within progressEvery reports nothing in between.
const (
	progressEvery  = time.Second
	heartbeatEvery = 30 * time.Second
)

// run is one run of an Engine. All its fields but messages and joins are touched by the goroutine of Run alone.
type run struct {
	engine   *Engine
	limits   Limits
	plan     *plan.Plan
	sink     Sink
	queue    *queue
	began    time.Time
	seq      int
	steps    []stepRun
	messages chan message
	joins    *joins
	stopped  bool
	// fenced is what the Engine's Fence said.
	fenced  error
	outcome Outcome
}

// stepRun is what is known of one step while it runs.
type stepRun struct {
	began time.Time
	// reported is when the last event left, progressed when the last Progress did.
	reported, progressed time.Time
	// text is what the step says it is doing, shown the text of its last Progress.
	text, shown string
	// took is how long it ran, once it ended.
	took time.Duration
}

// message is what a running step tells the run: a text, or that it ended, with what it found.
type message struct {
	step  int
	text  string
	ended bool
	err   error
}

func newRun(e *Engine, p *plan.Plan, sink Sink) *run {
	return &run{engine: e, limits: e.Limits.orDefault(), plan: p, sink: sink, queue: newQueue(p.Steps),
		began: time.Now(), steps: make([]stepRun, len(p.Steps)), messages: make(chan message), joins: newJoins()}
}

// loop starts steps and listens to them until none runs and none may start.
func (r *run) loop(ctx context.Context) {
	parallelism := r.engine.Parallelism
	if parallelism < 1 {
		parallelism = DefaultParallelism
	}
	stop, now := r.engine.Stop, ctx.Done()
	for {
		r.checkStop(ctx)
		r.checkFence(ctx)
		for i, ok := r.queue.start(parallelism); ok; i, ok = r.queue.start(parallelism) {
			r.start(ctx, i)
		}
		if r.queue.running == 0 {
			return
		}
		select {
		case m := <-r.messages:
			r.hear(m)
		case <-time.After(r.nextHeartbeat()):
			r.heartbeat()
		case <-stop:
			stop = nil
		case <-now:
			now = nil
		}
	}
}

// checkStop halts the queue when somebody asked for it.
func (r *run) checkStop(ctx context.Context) {
	asked := ctx.Err() != nil
	select {
	case <-r.engine.Stop:
		asked = true
	default:
	}
	if asked && !r.stopped {
		r.stopped = true
		r.queue.halt("the run was stopped before it")
	}
}

// checkFence halts the queue when somebody else may be at work, before a step starts.
func (r *run) checkFence(ctx context.Context) {
	if r.engine.Fence == nil || r.fenced != nil || r.queue.halted != "" || len(r.queue.ready) == 0 {
		return
	}
	if r.fenced = r.engine.Fence(ctx); r.fenced != nil {
		r.stopped = true
		r.queue.halt("the lock was lost before it")
	}
}

func (r *run) start(ctx context.Context, i int) {
	step := r.plan.Steps[i]
	now := time.Now()
	r.steps[i] = stepRun{began: now, reported: now, progressed: now, text: StillRunning, shown: StillRunning}
	r.outcome.Changed = r.outcome.Changed || step.Op.Kind != plan.OpSettle
	r.emit(Event{Kind: Started, Step: step})
	t := &task{engine: r.engine, limits: r.limits, flavour: r.plan.Flavour, step: step, joins: r.joins,
		report: func(text string) { r.messages <- message{step: i, text: text} }}
	go func() {
		err := nameMembers(t.run(ctx), r.plan.Members)
		r.messages <- message{step: i, text: t.found, ended: true, err: err}
	}()
}

func (r *run) hear(m message) {
	s, step := &r.steps[m.step], r.plan.Steps[m.step]
	s.took = time.Since(s.began)
	switch {
	case !m.ended:
		s.text = m.text
		if r.silence(m.step) <= 0 {
			r.progress(m.step)
		}
	case m.err == nil:
		r.queue.end(m.step, nil)
		r.outcome.Done++
		r.emit(Event{Kind: Done, Step: step, Took: s.took, Message: m.text})
	default:
		r.queue.end(m.step, m.err)
		r.fail(StepError{Step: step, Err: m.err}, s.took)
	}
}

func (r *run) fail(failure StepError, took time.Duration) {
	r.outcome.Failed++
	r.outcome.Failures = append(r.outcome.Failures, failure)
	r.emit(Event{Kind: Failed, Step: failure.Step, Took: took, Err: failure.Err})
}

func (r *run) progress(i int) {
	s := &r.steps[i]
	s.progressed, s.reported, s.shown = time.Now(), time.Now(), s.text
	r.emit(Event{Kind: Progress, Step: r.plan.Steps[i], Took: time.Since(s.began), Message: s.text})
}

// silence returns how long the step may go on without a report.
func (r *run) silence(i int) time.Duration {
	s := &r.steps[i]
	if s.text != s.shown {
		return progressEvery - time.Since(s.progressed)
	}
	return heartbeatEvery - time.Since(s.reported)
}

// nextHeartbeat returns how long until some running step has to report.
func (r *run) nextHeartbeat() time.Duration {
	next := heartbeatEvery
	for i := range r.steps {
		if r.queue.state[i] == stepRunning {
			next = min(next, r.silence(i))
		}
	}
	return max(next, 0)
}

func (r *run) heartbeat() {
	for i := range r.steps {
		if r.queue.state[i] == stepRunning && r.silence(i) <= 0 {
			r.progress(i)
		}
	}
}

func (r *run) emit(e Event) {
	r.seq++
	e.Seq, e.Time = r.seq, time.Now()
	r.sink.Event(e)
}
