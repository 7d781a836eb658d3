package cmd

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

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
	return schema.NewCluster(schema.Facts{Clustered: true, Source: "dqlite", Leader: "m1", Members: map[string]schema.MemberFacts{
		"m1": {Address: "10.0.0.1:8443", State: schema.StateCreated, Online: true, Role: schema.Voter},
		"m2": {Address: "10.0.0.2:8443", State: schema.StateCreated, Online: w.looks < 3, HeartbeatAge: 30 * time.Second, Role: schema.StandBy},
	}}), nil
}

func TestWatchWritesChangesUntilItIsEnded(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out bytes.Buffer
	s := testSession(nil)
	s.Out, s.Err = &out, io.Discard
	s.Now = func() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) }
	flags := statusFlags{lookFlags: lookFlags{reach: reach{timeout: time.Minute, parallelism: 1}, format: "text"}, interval: time.Millisecond}
	if err := watchStatus(ctx, s, flags, sight{backend: &watched{end: cancel}}); err != nil {
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

func TestConnectAsksForTheName(t *testing.T) {
	t.Parallel()
	s := testSession(nil)
	opened := []string{}
	s.Open = func(_ context.Context, target Target) (drivers.Backend, error) {
		opened = append(opened, target.Members[0].Name+" "+target.Members[0].Address)
		return oneServer{}, nil
	}
	flags := lookFlags{reach: reach{timeout: time.Minute, parallelism: 1}, connect: "ssh://root@gate"}
	if _, err := s.seek(t.Context(), flags, nil); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(opened, ", "); got != "gate , m1 10.0.0.1:8443" {
		t.Errorf("opened %s, want it first as gate and then as m1", got)
	}
}

// oneServer answers GET /1.0 as a member called m1.
type oneServer struct{}

func (oneServer) Close() error                                       { return nil }
func (oneServer) Read(context.Context) (schema.Cluster, error)       { return schema.Cluster{}, nil }
func (o oneServer) API(context.Context, string) (drivers.API, error) { return o, nil }

func (oneServer) Do(context.Context, drivers.Call) (drivers.Reply, error) {
	return drivers.Reply{Status: 200, Metadata: []byte(`{"auth": "trusted", "config": {"cluster.https_address": "10.0.0.1:8443",
		"core.trust_password": true}, "environment": {"server_name": "m1", "server_clustered": true}}`)}, nil
}
