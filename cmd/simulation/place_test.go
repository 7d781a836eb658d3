package simulation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"clusterctl/apply"
	"clusterctl/cmd/session"
	"clusterctl/drivers"
	"clusterctl/drivers/sandbox"
	"clusterctl/plan"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
	"clusterctl/schema/preseed"
)

// servers is how many the world has.
const servers = 5

// place is a pretended world in which wishes are applied.
type place struct {
	*sandbox.World
	ctx context.Context
	// kept is a daemon that does not start until it is mended: the lock of a run that has ended is there until then.
	kept bool
}

func openPlace(ctx context.Context, dir string) (*place, error) {
	w, err := sandbox.Start(ctx, sandbox.Config{Dir: dir, Members: servers})
	return &place{World: w, ctx: ctx}, err
}

func (p *place) close(t testing.TB) {
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// lose stops servers for good, and lets the others know.
func (p *place) lose(members []string) error {
	for _, m := range members {
		if err := errors.Join(p.Stop(p.ctx, m), p.Advance(p.ctx, time.Hour)); err != nil {
			return err
		}
	}
	return nil
}

// attempt is one run of apply.
type attempt struct {
	watch
	allow []string
	// onEvent hears the events.
	onEvent func(apply.Event)

	surveys []*session.Survey
	events  []apply.Event
	result  session.Result
	err     error
}

// Event implements session.Report.
func (a *attempt) Event(e apply.Event) {
	a.events = append(a.events, e)
	if a.onEvent != nil {
		a.onEvent(e)
	}
}

// Tell implements session.Report.
func (a *attempt) Tell(what any) {
	if v, ok := what.(*session.Survey); ok {
		copied := *v
		a.surveys = append(a.surveys, &copied)
	}
}

// Ask implements session.Report.
func (a *attempt) Ask(context.Context, session.Question) (string, error) {
	return "", session.ErrNobody
}

// Ended implements session.Report.
func (a *attempt) Ended(r session.Result, err error) { a.result, a.err = r, err }

func (p *place) session(w *watch) *session.Session {
	return &session.Session{
		World: session.World{LookupHost: session.LookupAnything, Now: time.Now,
			Open: func(_ context.Context, t session.Target) (drivers.Backend, error) {
				return &backend{session.ConnectSandbox(p.World, t), w}, nil
			}},
		Machine:  session.Machine{In: strings.NewReader(""), Getenv: func(string) (string, bool) { return "", false }},
		Registry: kinds.Registry(), Limits: session.Limits{Timeout: 20 * time.Second, Parallelism: 1},
		Signals: &session.Interrupts{}, Warn: func(error) {},
	}
}

func inputs(w wish) []preseed.Input {
	return []preseed.Input{{Name: w.name + ".yaml", Data: []byte(w.text)}}
}

// apply runs apply for a wish.
func (p *place) apply(w wish, a *attempt) {
	ctx, cancel := context.WithCancel(p.ctx)
	defer cancel()
	a.place, a.stop = p, cancel
	run := session.Run{Session: p.session(&a.watch), Report: a, Approve: true,
		Options: plan.Options{AllowDestroy: slices.Concat(w.allow, a.allow)},
		Lock:    session.LockOptions{Timeout: time.Second}, Words: []string{"apply", w.name}}
	_ = run.ApplyInputs(ctx, inputs(w)) // it is in a.err
}

// plan plans a wish and returns what it was planned from.
func (p *place) plan(w wish) (*plan.Plan, schema.Cluster, error) {
	watch := &watch{place: p}
	v, err := p.session(watch).Survey(p.ctx, inputs(w), plan.Options{AllowDestroy: w.allow})
	var invalid *session.InvalidError
	if errors.As(err, &invalid) {
		err = invalid.Found
	}
	if err != nil {
		return nil, schema.Cluster{}, err
	}
	return v.Plan, watch.live, v.Close()
}

// call sends a raw call to the unix socket of a member and reads its metadata.
func (p *place) call(member, method, path, body string, metadata any) error {
	req, err := http.NewRequestWithContext(p.ctx, method, "http://unix"+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := p.Client(member).Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(&struct {
		Metadata any `json:"metadata"`
	}{metadata})
}

func (p *place) up(member string) bool {
	return slices.ContainsFunc(p.Members(), func(m sandbox.MemberInfo) bool { return m.Name == member && m.Up })
}

// start starts daemons that were killed.
func (p *place) start(members ...string) error {
	var errs []error
	for _, m := range members {
		errs = append(errs, p.Restart(p.ctx, m))
	}
	return errors.Join(errs...)
}

func (p *place) clustered(member string) bool {
	var state struct{ Enabled bool }
	return p.call(member, "GET", "/1.0/cluster", "", &state) == nil && state.Enabled
}

// leader is the member that leads the database, or else would begin one.
func (p *place) leader() string {
	var members []struct {
		Name  string `json:"server_name"`
		Roles []string
	}
	for _, m := range p.Members() {
		if !m.Up || p.call(m.Name, "GET", "/1.0/cluster/members?recursion=1", "", &members) != nil {
			continue
		}
		for _, found := range members {
			if slices.Contains(found.Roles, "database-leader") {
				return found.Name
			}
		}
	}
	return "node1"
}

// endLease makes the process that holds the lock one that has ended, where anybody has it whose has not before.
func (p *place) endLease() (found bool, err error) {
	err = p.lease(func(l *apply.Lease) {
		found = found || l.Process.Started != "0"
		l.Process.Started, l.Expires = "0", l.Since // where a process cannot be told, time ends it
	})
	return found, err
}

// lease replaces the lock; nil takes it away.
func (p *place) lease(change func(*apply.Lease)) error {
	for _, m := range p.Members() {
		var server struct{ Config map[string]any }
		if !m.Up || p.call(m.Name, "GET", "/1.0", "", &server) != nil {
			continue
		}
		text, _ := server.Config[apply.LockKey].(string)
		var lease apply.Lease
		if text == "" || json.Unmarshal([]byte(text), &lease) != nil {
			continue
		}
		if text = ""; change != nil {
			change(&lease)
			stored, _ := json.Marshal(lease) // plain values
			text = string(stored)
		}
		body, _ := json.Marshal(map[string]any{"config": map[string]string{apply.LockKey: text}})
		if err := p.call(m.Name, "PATCH", "/1.0", string(body), &struct{}{}); err != nil {
			return err
		}
	}
	return nil
}
