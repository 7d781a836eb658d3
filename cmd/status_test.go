package cmd

import (
	"bytes"
	"context"
	"io"
	"sync"
	"testing"
	"time"

	"clusterctl/cmd/session"
	"clusterctl/drivers"
	"clusterctl/schema"
)

// watched is a cluster whose second member goes away with the third look; then the watch is ended.
type watched struct {
	mu    sync.Mutex
	looks int
	end   context.CancelFunc
}

func (w *watched) Close() error { return nil }

func (w *watched) API(context.Context, string) (drivers.API, error) {
	return nil, &drivers.Error{Kind: drivers.Unreachable}
}

func (w *watched) Read(context.Context) (schema.Cluster, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looks++
	if w.looks > 3 {
		w.end()
	}
	return schema.NewCluster(schema.Facts{Clustered: true, Source: "dqlite", Leader: "m1",
		Members: map[string]schema.MemberFacts{
			"m1": {Address: "10.0.0.1:8443", State: schema.StateCreated, Online: true, Role: schema.Voter},
			"m2": {Address: "10.0.0.2:8443", State: schema.StateCreated, Online: w.looks < 3,
				HeartbeatAge: 30 * time.Second, Role: schema.StandBy},
		}}), nil
}

func TestWatchWritesChangesUntilItIsEnded(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out bytes.Buffer
	s := testConsole(nil)
	s.Out, s.Err = &out, io.Discard
	s.Now = func() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) }
	s.Limits = session.Limits{Timeout: time.Minute, Parallelism: 1}
	s.Dump = "a dump has its members" // so that no input is read
	s.Open = func(context.Context, Target) (drivers.Backend, error) { return &watched{end: cancel}, nil }
	if err := s.Watch(ctx, session.Where{}, time.Millisecond, s.showChange); err != nil {
		t.Fatal(err)
	}
	const want = `08:00:00 m1: Online, voter (leader)
08:00:00 m2: Online, stand-by
08:00:00 Quorum: 1 of 1 voter online, 1 needed: no more voter may fail.
08:00:00 m2: Online -> Offline (no heartbeat for 30.0s)
`
	if got := out.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
