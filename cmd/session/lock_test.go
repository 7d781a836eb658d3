package session

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"clusterctl/apply"
	"clusterctl/drivers"
	"clusterctl/drivers/sandbox"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
	"clusterctl/schema/preseed"
)

// inWorld returns a session whose servers are those of the world.
func inWorld(world *sandbox.World) *Session {
	s := testSession(nil)
	s.LookupHost = LookupAnything
	s.Limits.Parallelism = 4
	s.Open = func(_ context.Context, t Target) (drivers.Backend, error) { return ConnectSandbox(world, t), nil }
	return s
}

// answering is a Report that says yes to every question, and counts the steps of each.
type answering struct {
	asked  []int
	result Result
}

func (*answering) Event(apply.Event) {}
func (*answering) Tell(any)          {}
func (a *answering) Ask(_ context.Context, q Question) (string, error) {
	a.asked = append(a.asked, q.Steps)
	return q.yes(), nil
}
func (a *answering) Ended(result Result, _ error) { a.result = result }

// run applies a preseed to what the session reaches.
func run(t *testing.T, s *Session, text string, report Report, approve bool) error {
	t.Helper()
	_, signals, done := Watch(t.Context(), nil)
	defer done()
	s.Signals = signals
	run := &Run{Session: s, Report: report, Approve: approve, Lock: LockOptions{Timeout: time.Minute}, Words: []string{"apply"}}
	return run.ApplyInputs(t.Context(), []preseed.Input{{Name: "preseed.yaml", Data: []byte(text)}})
}

func startWorld(t testing.TB, names ...string) *sandbox.World {
	t.Helper()
	world, err := sandbox.Start(t.Context(), sandbox.Config{Names: names})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := world.Close(); err != nil {
			t.Error(err)
		}
	})
	return world
}

const threeServers = `
members:
- {name: node1, address: "10.55.60.171:8443"}
- {name: node2, address: "10.55.60.155:8443"}
- {name: node3, address: "10.55.60.156:8443"}
storage_pools: [{name: local, driver: dir}]
profiles: [{name: small}]
`

// TestFormingIsLocked has people who form one cluster out of new servers at the same moment: one of them does it, and the
// others find it done. Before there was a lock their steps met in the middle.
func TestFormingIsLocked(t *testing.T) {
	t.Parallel()
	world := startWorld(t, "node1", "node2", "node3")
	results := make([]answering, 4)
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() {
			if err := run(t, inWorld(world), threeServers, &results[i], true); err != nil {
				t.Errorf("a run ended with %d: %v", CodeOf(err), err)
			}
		})
	}
	all.Wait()
	found := map[string]int{}
	for _, r := range results {
		found[r.result.Result]++
	}
	if found["applied"] != 1 || found["unchanged"] != 3 {
		t.Errorf("got %v, want that one has applied it, and the others had nothing left to do", found)
	}
}

// waiting is a backend of somebody who waits for a lock: release is called once, when the lock was looked at.
type waiting struct {
	drivers.Backend
	once    *sync.Once
	release func()
}

func (w waiting) API(ctx context.Context, member string) (drivers.API, error) {
	api, err := w.Backend.API(ctx, member)
	return waitingAPI{api, w}, err
}

type waitingAPI struct {
	drivers.API
	waiting waiting
}

func (w waitingAPI) Do(ctx context.Context, c drivers.Call) (drivers.Reply, error) {
	reply, err := w.API.Do(ctx, c)
	if c.Method == http.MethodGet && c.Path == "/1.0" {
		w.waiting.once.Do(w.waiting.release)
	}
	return reply, err
}

// TestWaiterPlansAgain has somebody who waits for the lock while its holder does a part of what the waiter wants.
func TestWaiterPlansAgain(t *testing.T) {
	t.Parallel()
	const two = "profiles: [{name: small}, {name: big}]\n"
	for name, c := range map[string]struct {
		made, result string
		approve      bool
		asked        []int
	}{
		"approved":            {"small", "applied", true, nil},
		"asked":               {"small", "applied", false, []int{2, 1}},
		"nothing is left":     {"small big", "unchanged", false, []int{2}},
		"nothing has changed": {"", "applied", false, []int{2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const member = "members: [{name: node1, address: \"10.55.60.171:8443\"}]\n"
			world := startWorld(t, "node1")
			if err := run(t, inWorld(world), member, &answering{}, true); err != nil {
				t.Fatal(err)
			}
			other := ConnectSandbox(world, Target{Members: []schema.Member{{Name: "node1"}}, Registry: kinds.Registry(),
				Parallelism: 1})
			api, err := other.API(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			held, err := apply.Lock{API: api}.Take(t.Context(), apply.Lease{ID: "other"})
			if err != nil {
				t.Fatal(err)
			}
			s, once := inWorld(world), new(sync.Once)
			open := s.Open
			s.Open = func(ctx context.Context, target Target) (drivers.Backend, error) {
				backend, err := open(ctx, target)
				return waiting{backend, once, func() {
					for _, made := range strings.Fields(c.made) {
						create := drivers.Call{Method: http.MethodPost, Path: "/1.0/profiles", Body: map[string]string{"name": made}}
						if _, err := api.Do(t.Context(), create); err != nil {
							t.Error(err)
						}
					}
					if err := errors.Join(held.Release(t.Context()), other.Close()); err != nil {
						t.Error(err)
					}
				}}, err
			}
			var report answering
			if err := run(t, s, member+two, &report, c.approve); err != nil {
				t.Fatalf("the waiter ended with %d: %v", CodeOf(err), err)
			}
			if report.result.Result != c.result || !slices.Equal(report.asked, c.asked) {
				t.Errorf("got %s after questions about %v steps, want %s after %v", report.result.Result, report.asked, c.result, c.asked)
			}
		})
	}
}

// giving is the daemon of somebody who gives a lock back: once that is so, it takes no change until looked is closed.
type giving struct {
	drivers.API
	back   bool
	looked chan struct{}
}

func (g *giving) Do(ctx context.Context, c drivers.Call) (drivers.Reply, error) {
	if g.back && c.Method != http.MethodGet {
		select {
		case <-g.looked:
		case <-ctx.Done():
			return drivers.Reply{}, ctx.Err()
		}
	}
	return g.API.Do(ctx, c)
}

// TestLockGoesBackWhileTheClusterIsLookedAt has the one wait for the other.
func TestLockGoesBackWhileTheClusterIsLookedAt(t *testing.T) {
	t.Parallel()
	world := startWorld(t, "node1")
	const text = "members: [{name: node1, address: \"10.55.60.171:8443\"}]\n"
	if err := run(t, inWorld(world), text, &answering{}, true); err != nil {
		t.Fatal(err)
	}
	members := []schema.Member{{Name: "node1"}}
	backend := ConnectSandbox(world, Target{Members: members, Registry: kinds.Registry(), Parallelism: 1})
	api, err := backend.API(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	daemon := &giving{API: api, looked: make(chan struct{})}
	held, err := apply.Lock{API: daemon}.Take(t.Context(), apply.Lease{ID: "own"})
	if err != nil {
		t.Fatal(err)
	}
	s := inWorld(world)
	s.Warn = func(err error) { t.Error(err) }
	err = (&Run{Session: s}).holding(t.Context(), held, func(context.Context) error {
		daemon.back = true
		return nil
	}, func() error {
		close(daemon.looked)
		return nil
	})
	if err := errors.Join(err, backend.Close()); err != nil {
		t.Error(err)
	}
}
