package simulation

import (
	"context"
	"errors"
	"strings"
	"sync"

	"clusterctl/drivers"
	"clusterctl/drivers/remote"
	"clusterctl/schema"
)

// watch sees every call of one run to the world, and does its fault at one of them. Runs have one call at a time.
type watch struct {
	place *place
	// hit says which fault strikes at which call, counted from 1; none where it is empty.
	hit hit
	// stop ends the run's context: clusterctl is killed.
	stop context.CancelFunc
	// stale is what an out-of-date reading shows.
	stale schema.Cluster
	// late is what a killed run had begun and the daemon does after the first reading of this one.
	late func()

	mu       sync.Mutex
	calls    []moment
	fitting  int // how many of them the fault could strike
	ended    bool
	struck   moment
	left     func() // what goes on when the run has ended
	broken   error
	dead     []string
	killed   int
	silences int
	live     schema.Cluster
}

// moment is one call of a driver.
type moment struct{ method, member, path string }

func (m moment) String() string { return strings.TrimSpace(m.method + " " + m.member + " " + m.path) }

// errEnded is what a call of a run says that has ended.
var errEnded = errors.New("clusterctl was killed")

// pass lets a call through, or the fault strike it. effect carries it out.
func (w *watch) pass(ctx context.Context, m moment, effect func(context.Context) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, m)
	if w.ended {
		return errEnded
	}
	w.revive(3)
	if !w.strikes(m) {
		return effect(ctx)
	}
	w.struck = m
	return faults[w.hit.fault](w, ctx, m, effect)
}

func (w *watch) strikes(m moment) bool {
	if w.hit.fault == "" || !w.hit.fitting {
		return w.hit.fault != "" && len(w.calls) == w.hit.call
	}
	if !can(w.hit.fault, m) {
		return false
	}
	w.fitting++
	return w.fitting == w.hit.call
}

// revive starts the daemons that the fault killed once that many calls have met them.
func (w *watch) revive(after int) {
	if len(w.dead) == 0 {
		return
	}
	if w.silences++; w.silences > after {
		w.problem(w.place.start(w.dead...))
		w.dead = nil
	}
}

// problem keeps what went wrong with the world itself.
func (w *watch) problem(err error) { w.broken = errors.Join(w.broken, err) }

// end kills clusterctl.
func (w *watch) end() error {
	w.ended = true
	w.stop()
	return errEnded
}

// backend is a cluster whose calls are watched.
type backend struct {
	*remote.Cluster
	watch *watch
}

// Read implements drivers.Reader.
func (b *backend) Read(ctx context.Context) (live schema.Cluster, err error) {
	w := b.watch
	err = w.pass(ctx, moment{method: "READ"}, func(ctx context.Context) (err error) {
		w.live, err = b.Cluster.Read(ctx)
		return err
	})
	if err == nil && w.late != nil {
		w.late()
		w.late = nil
	}
	return w.live, err
}

// API implements drivers.Backend.
func (b *backend) API(ctx context.Context, member string) (drivers.API, error) {
	inner, err := b.Cluster.API(ctx, member)
	if err != nil {
		b.watch.mu.Lock()
		defer b.watch.mu.Unlock()
		b.watch.revive(3)
		return nil, err
	}
	return &api{inner, member, b.watch}, nil
}

// Run implements drivers.Shell.
func (b *backend) Run(ctx context.Context, member string, c drivers.Command) (out drivers.Output, err error) {
	err = b.watch.pass(ctx, moment{"RUN", member, string(c.Task)}, func(ctx context.Context) (err error) {
		out, err = b.Cluster.Run(ctx, member, c)
		return err
	})
	if p := b.watch.place; p.kept && c.Task == drivers.TaskReady && err == nil {
		_, ended := p.endLease()
		p.kept = false
		b.watch.mu.Lock()
		defer b.watch.mu.Unlock()
		b.watch.problem(ended)
	}
	return out, err
}

type api struct {
	drivers.API
	member string
	watch  *watch
}

// Do implements drivers.API.
func (a *api) Do(ctx context.Context, c drivers.Call) (reply drivers.Reply, err error) {
	err = a.watch.pass(ctx, moment{c.Method, a.member, c.Path}, func(ctx context.Context) (err error) {
		reply, err = a.API.Do(ctx, c)
		return err
	})
	return reply, err
}

func (m moment) changes() bool { return m.method != "READ" && m.method != "GET" && m.method != "RUN" }
