package apply

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
)

// fake is a backend that answers "MEMBER METHOD PATH" from a script; the cluster's member is "*".
type fake struct {
	script map[string]answer
	live   schema.Cluster
	unread error

	mu     sync.Mutex
	calls  []string          // in order, without immediate repetitions
	bodies map[string]string // the last body of each call
}

type answer func(ctx context.Context, c drivers.Call) (drivers.Reply, error)

type fakeAPI struct {
	*fake
	member string
}

func (f *fake) API(_ context.Context, member string) (drivers.API, error) {
	if member == "" {
		member = "*"
	}
	return fakeAPI{f, member}, nil
}

func (f *fake) Read(context.Context) (schema.Cluster, error) { return f.live, f.unread }

func (f *fake) Close() error { return nil }

func (f fakeAPI) Do(ctx context.Context, c drivers.Call) (drivers.Reply, error) {
	name := f.member + " " + c.Method + " " + c.Path
	body, err := json.Marshal(c.Body)
	if err != nil {
		return drivers.Reply{}, err
	}
	f.mu.Lock()
	if len(f.calls) == 0 || f.calls[len(f.calls)-1] != name {
		f.calls = append(f.calls, name)
	}
	if f.bodies == nil {
		f.bodies = map[string]string{}
	}
	f.bodies[name] = string(body)
	f.mu.Unlock()
	if a, ok := f.script[name]; ok {
		return a(ctx, c)
	}
	return fails(drivers.NotFound, "no "+name)(ctx, c)
}

func (f *fake) asked(call string) bool { return slices.Contains(f.calls, call) }

func says(metadata string) answer {
	return func(context.Context, drivers.Call) (drivers.Reply, error) {
		return drivers.Reply{Status: 200, Metadata: json.RawMessage(metadata), ETag: "tag"}, nil
	}
}

func starts(operation, metadata string) answer {
	return func(context.Context, drivers.Call) (drivers.Reply, error) {
		return drivers.Reply{Status: 202, Metadata: json.RawMessage(metadata), Operation: operation}, nil
	}
}

func fails(kind drivers.Kind, text string) answer {
	return func(_ context.Context, c drivers.Call) (drivers.Reply, error) {
		return drivers.Reply{}, &drivers.Error{Kind: kind, Op: c.Method + " " + c.Path, Err: errors.New(text)}
	}
}

// inTurn gives one answer after the other and stays with the last.
func inTurn(answers ...answer) answer {
	return func(ctx context.Context, c drivers.Call) (drivers.Reply, error) {
		a := answers[0]
		answers = answers[min(1, len(answers)-1):]
		return a(ctx, c)
	}
}

// after gives the answer after some time of the test's clock, or fails when the context ends before.
func after(d time.Duration, a answer) answer {
	return func(ctx context.Context, c drivers.Call) (drivers.Reply, error) {
		select {
		case <-ctx.Done():
			return fails(drivers.Timeout, ctx.Err().Error())(ctx, c)
		case <-time.After(d):
			return a(ctx, c)
		}
	}
}

// events is a sink that keeps what it gets.
type events []Event

func (e *events) Event(event Event) { *e = append(*e, event) }

// runOne runs a single step and returns its events and its error.
func runOne(ctx context.Context, e *Engine, step plan.Step) (events, error) {
	var got events
	step.ID, step.Title = "step", "Do it"
	_, err := e.Run(ctx, &plan.Plan{Steps: []plan.Step{step}}, &got)
	return got, err
}

// spied shows each call to look before it is answered.
func spied(look func(drivers.Call), a answer) answer {
	return func(ctx context.Context, c drivers.Call) (drivers.Reply, error) {
		look(c)
		return a(ctx, c)
	}
}
