package sandbox_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterctl/drivers/sandbox"
)

func TestParseFaults(t *testing.T) {
	t.Parallel()
	got, err := sandbox.ParseFaults(`
# a bad day
offline node3
lose-leader
slow node2 PUT /1.0/cluster delay=3s
refuse node1 POST /1.0/profiles status=503 times=2 text=disk quota exceeded
precondition any any /1.0/networks times=3   # an editor elsewhere
drop-join node3 stage=accept times=1
`)
	if err != nil {
		t.Fatal(err)
	}
	want := []sandbox.Fault{
		{Kind: sandbox.FaultOffline, Member: "node3"},
		{Kind: sandbox.FaultLoseLeader},
		{Kind: sandbox.FaultSlow, Member: "node2", Method: "PUT", Path: "/1.0/cluster", Delay: 3 * time.Second},
		{Kind: sandbox.FaultRefuse, Member: "node1", Method: "POST", Path: "/1.0/profiles", Status: 503, Times: 2, Text: "disk quota exceeded"},
		{Kind: sandbox.FaultPrecondition, Path: "/1.0/networks", Times: 3},
		{Kind: sandbox.FaultDropJoin, Member: "node3", Stage: "accept", Times: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for script, problem := range map[string]string{
		"slow a b c d":      `line 1: too many words: ["d"]`,
		"\nslow x=1":        `line 2: there is no setting "x": there are times, status, delay, stage and text`,
		"drop-join stage=x": `line 1: stage is trust, accept, enter, copied, half, end, named, raft, row or key, not "x"`,
		"times=1":           `line 1: no kind of fault`,
		"melt node1":        `line 1: there is no fault "melt": there are offline, lose-leader, wiped, later, slow, refuse, precondition, drop, cut, drop-join, drop-bootstrap, joining, die-after-phase-one, die-creating, end-starting, disk-full`,
	} {
		if _, err := sandbox.ParseFaults(script); err == nil || err.Error() != problem {
			t.Errorf("%q: got %v, want %s", script, err, problem)
		}
	}
}

func inject(t *testing.T, w *sandbox.World, script string) {
	t.Helper()
	list, err := sandbox.ParseFaults(script)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if err := w.Inject(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFaultsStrikeAsOftenAsTheySay(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Members: 1})
	inject(t, w, "refuse node1 POST /1.0/projects times=1 text=no\nprecondition any PUT /1.0/projects times=2")
	refused(t, w, "node1", "POST", "/1.0/projects", `{"name":"web"}`, "500 no")
	must(t, w, "node1", "POST", "/1.0/projects", `{"name":"web"}`)
	for range 2 {
		if got := ask(t, w, "node1", "PUT", "/1.0/projects/web", `{}`); got.status != http.StatusPreconditionFailed {
			t.Errorf("got %s, want 412", got)
		}
	}
	must(t, w, "node1", "PUT", "/1.0/projects/web", `{}`)
	inject(t, w, "refuse any any /1.0")
	if err := w.Heal(); err != nil {
		t.Fatal(err)
	}
	must(t, w, "node1", "GET", "/1.0", "")
}

func TestDroppedCallIsCarriedOut(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Members: 1})
	inject(t, w, "drop node1 POST /1.0/projects times=1")
	if got := ask(t, w, "node1", "POST", "/1.0/projects", `{"name":"web"}`); got.status != 0 {
		t.Errorf("got an answer: %s", got)
	}
	must(t, w, "node1", "GET", "/1.0/projects/web", "")
}

func TestSlowCallTakesItsTime(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Members: 1})
	inject(t, w, "slow node1 GET /1.0/projects delay=10m")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://unix/1.0/projects", nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := w.Client("node1").Do(req); err == nil {
		resp.Body.Close()
		t.Error("the call was answered at once")
	}
}

func TestJoinBrokenBeforeAcceptance(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Members: 2})
	must(t, w, "node1", "PATCH", "/1.0", `{"config":{"core.https_address":"10.1.1.1:8443"}}`)
	must(t, w, "node1", "PUT", "/1.0/cluster", `{"enabled":true,"server_name":"node1"}`)
	inject(t, w, "drop-join node2 stage=accept times=1")
	refused(t, w, "node2", "PUT", "/1.0/cluster", joinBody(t, w, "node2", 2), "400 Failed request to add member: EOF")
	must(t, w, "node2", "PUT", "/1.0/cluster", joinBody(t, w, "node2", 2))
}

// TestJoinBrokenAfterAcceptance is the hung join of LXD 5.0.2: the operation runs for ever, the cluster has a pending
// row, and only killing the daemon helps.
func TestJoinBrokenAfterAcceptance(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Members: 2})
	must(t, w, "node1", "PATCH", "/1.0", `{"config":{"core.https_address":"10.1.1.1:8443"}}`)
	must(t, w, "node1", "PUT", "/1.0/cluster", `{"enabled":true,"server_name":"node1"}`)
	inject(t, w, "drop-join node2 times=1")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://unix/1.0/cluster", strings.NewReader(joinBody(t, w, "node2", 2)))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := w.Client("node2").Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	pending := `{"database":"global","query":"SELECT name,state FROM nodes WHERE state=1"}`
	for !strings.Contains(string(must(t, w, "node1", "POST", "/internal/sql", pending)), `["node2",1]`) {
		if ctx.Err() != nil {
			t.Fatal("no pending row appeared")
		}
	}
	if got := string(must(t, w, "node1", "GET", "/1.0/cluster/members", "")); strings.Contains(got, "node2") {
		t.Errorf("a pending member is listed: %s", got)
	}
	refused(t, w, "node1", "DELETE", "/1.0/cluster/members/node2?force=1", "", "404 Cluster member not found")
	if err := w.Stop(t.Context(), "node2"); err != nil {
		t.Fatal(err)
	}
	if err := w.Restart(t.Context(), "node2"); err != nil {
		t.Fatal(err)
	}
	must(t, w, "node2", "PUT", "/1.0/cluster", joinBody(t, w, "node2", 2))
	if got := status(t, w, "node2"); got != "Online" {
		t.Errorf("node2 is %s", got)
	}
}

// pool defines a pool on all three members.
func pool(t *testing.T, w *sandbox.World, name string) {
	t.Helper()
	for _, m := range []string{"node1", "node2", "node3"} {
		must(t, w, "node1", "POST", "/1.0/storage-pools?target="+m, `{"name":"`+name+`","driver":"dir"}`)
	}
}

func TestPoolIsLeftErroredAndCanBeFinished(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{})
	form(t, w)
	create := func(body, want string) {
		t.Helper()
		refused(t, w, "node1", "POST", "/1.0/storage-pools", body, want)
	}
	pool(t, w, "local")
	inject(t, w, "disk-full node2 times=1")
	create(`{"name":"local","driver":"dir","config":{"rsync.bwlimit":"1"}}`,
		"500 failed to notify peer 10.1.1.2:8443: Failed to create storage-pool: write /var/lib/lxd: no space left on device")
	create(`{"name":"local","driver":"dir","config":{"rsync.bwlimit":"1"}}`,
		"500 Storage pool already partially created. Please do not specify any global config when re-running create")
	must(t, w, "node1", "POST", "/1.0/storage-pools", `{"name":"local","driver":"dir"}`)

	pool(t, w, "fast")
	if err := w.Stop(t.Context(), "node3"); err != nil {
		t.Fatal(err)
	}
	create(`{"name":"fast","driver":"dir"}`, `500 failed to notify peer 10.1.1.3:8443: Get "https://10.1.1.3:8443/1.0": Unable to connect to: 10.1.1.3:8443 ([dial tcp 10.1.1.3:8443: connect: connection refused])`)
	if err := w.Advance(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	create(`{"name":"fast","driver":"dir"}`, "500 peer node 10.1.1.3:8443 is down")
	refused(t, w, "node1", "DELETE", "/1.0/storage-pools/fast", "", "500 peer node 10.1.1.3:8443 is down")
	must(t, w, "node1", "POST", "/1.0/profiles", `{"name":"still"}`)
}

func TestMemberDiesInTheSecondPhase(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{})
	form(t, w)
	pool(t, w, "local")
	inject(t, w, "die-after-phase-one node1 times=1")
	if got := ask(t, w, "node1", "POST", "/1.0/storage-pools", `{"name":"local","driver":"dir"}`); got.status != 0 {
		t.Errorf("a dead member answered: %s", got)
	}
	got := string(must(t, w, "node2", "POST", "/internal/sql", `{"database":"global","query":"SELECT node_id,state FROM storage_pools_nodes ORDER BY node_id"}`))
	if !strings.Contains(got, "[[1,1],[2,0],[3,0]]") {
		t.Errorf("parts: %s, want only the first created", got)
	}
}
