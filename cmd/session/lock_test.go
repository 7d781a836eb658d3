package session

import (
	"context"
	"sync"
	"testing"
	"time"

	"clusterctl/apply"
	"clusterctl/drivers"
	"clusterctl/drivers/sandbox"
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

// silent is a Report that nobody reads.
type silent struct{}

func (silent) Event(apply.Event)                             {}
func (silent) Tell(any)                                      {}
func (silent) Ask(context.Context, Question) (string, error) { return "", ErrNobody }
func (silent) Ended(Result, error)                           {}

const threeServers = `
members:
- {name: node1, address: "10.55.60.171:8443"}
- {name: node2, address: "10.55.60.155:8443"}
- {name: node3, address: "10.55.60.156:8443"}
storage_pools: [{name: local, driver: dir}]
profiles: [{name: small}]
`

// TestFormingIsLocked has people who form one cluster out of new servers at the same moment: one of them does it, and
// the others are told why they did not. Before there was a lock their steps met in the middle.
func TestFormingIsLocked(t *testing.T) {
	t.Parallel()
	world, err := sandbox.Start(t.Context(), sandbox.Config{Names: []string{"node1", "node2", "node3"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := world.Close(); err != nil {
			t.Error(err)
		}
	})
	once := func() error {
		_, signals, done := Watch(t.Context(), nil)
		defer done()
		s := inWorld(world)
		s.Signals = signals
		run := &Run{Session: s, Report: silent{}, Approve: true, Lock: LockOptions{Timeout: time.Minute},
			Words: []string{"apply"}}
		return run.ApplyInputs(t.Context(), []preseed.Input{{Name: "preseed.yaml", Data: []byte(threeServers)}})
	}
	ended := make([]error, 4)
	var all sync.WaitGroup
	for i := range ended {
		all.Go(func() { ended[i] = once() })
	}
	all.Wait()
	applied := 0
	for _, err := range ended {
		if err == nil {
			applied++
		}
		if code := CodeOf(err); err != nil && code != ExitStale {
			t.Errorf("a run ended with %d: %v", code, err)
		}
	}
	if applied == 0 {
		t.Error("nobody formed the cluster")
	}
	if err := once(); err != nil {
		t.Errorf("afterwards: %v, want that nothing is left to do", err)
	}
}
