package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterctl/drivers"
	"clusterctl/drivers/rest"
)

// serve starts a server and returns a client of it.
func serve(t *testing.T, handler http.HandlerFunc) *rest.Client {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	c := rest.New(rest.Config{Member: "m2", URL: s.URL, UserAgent: "clusterctl"})
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestDoReadsSyncAnswer(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got, body = r, string(text)
		w.Header().Set("ETag", `abc`)
		w.Header().Set("Date", "Sat, 28 Nov 2026 16:27:51 GMT")
		_, _ = io.WriteString(w, `{"type":"sync","status_code":200,"metadata":{"name":"fast"}}`+"\n")
	})
	reply, err := c.Do(t.Context(), drivers.Call{Method: "PUT", Path: "/1.0/storage-pools/a%2Fb", ETag: "old",
		Query: map[string]string{"target": "m 3"}, Body: map[string]string{"description": "x"}})
	if err != nil {
		t.Fatal(err)
	}
	want := drivers.Reply{Status: 200, ETag: "abc", Metadata: json.RawMessage(`{"name":"fast"}`), At: time.Date(2026, 11, 28, 16, 27, 51, 0, time.UTC)}
	if diff := cmp.Diff(want, reply); diff != "" {
		t.Error(diff)
	}
	sent := fmt.Sprint(got.Method, " ", got.RequestURI, " ", got.Header.Get("If-Match"), " ", got.Header.Get("Content-Type"), " ",
		got.UserAgent(), " ", body)
	if want := `PUT /1.0/storage-pools/a%2Fb?target=m+3 old application/json clusterctl {"description":"x"}`; sent != want {
		t.Errorf("got %s, want %s", sent, want)
	}
}

func TestDoReturnsOperation(t *testing.T) {
	t.Parallel()
	c := serve(t, answer(202, `{"type":"async","status_code":100,"operation":"/1.0/operations/u1?project=x","metadata":{"id":"u1"}}`))
	reply, err := c.Do(t.Context(), drivers.Call{Method: "PUT", Path: "/1.0/cluster"})
	if err != nil || reply.Operation != "/1.0/operations/u1" || string(reply.Metadata) != `{"id":"u1"}` || reply.Status != 202 {
		t.Errorf("got %+v, %v", reply, err)
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		status int
		text   string
		want   drivers.Kind
	}{
		{400, "No server address provided for this member", drivers.Invalid},
		{400, "This server is already clustered", drivers.Conflict},
		{400, "The storage pool already defined on member \"m2\"", drivers.Conflict},
		{400, "The network is currently in use", drivers.Conflict},
		{403, "not authorized", drivers.Denied},
		{404, "Profile not found", drivers.NotFound},
		{409, "Conflict", drivers.Conflict},
		{412, "ETag doesn't match: a vs b", drivers.Precondition},
		{500, "This cluster group already exists", drivers.Conflict},
		{500, "peer node 10.0.0.3:8443 is down", drivers.Unreachable},
		{500, `failed to notify peer 10.0.0.3:8443: Get "https://10.0.0.3:8443/1.0": Unable to connect to: 10.0.0.3:8443`, drivers.Unreachable},
		{500, "Missing event connection with target cluster member", drivers.Unreachable},
		{500, "RAFT cluster is unavailable", drivers.NoLeader},
		{500, "500 no elected leader", drivers.NoLeader},
		{500, "Failed to begin transaction: context deadline exceeded", drivers.NoLeader},
		{500, "context deadline exceeded", drivers.NoLeader},
		{500, "Node still has the following containers: c1", drivers.Internal},
		{501, "not implemented", drivers.Unsupported},
		{503, "LXD daemon setup in progress", drivers.Starting},
		{503, "Failed to begin transaction: failed to create dqlite connection: no available dqlite leader server found", drivers.NoLeader},
	} {
		if got := rest.Classify(tc.status, tc.text); got != tc.want {
			t.Errorf("%d %s: got %s, want %s", tc.status, tc.text, got, tc.want)
		}
	}
}

func TestDoKeepsTheDaemonsWords(t *testing.T) {
	t.Parallel()
	c := serve(t, answer(404, `{"type":"error","error_code":404,"error":"Storage pool not found"}`))
	_, err := c.Do(t.Context(), drivers.Call{Method: "GET", Path: "/1.0/storage-pools/x", Query: map[string]string{"target": "m3"}})
	if want := "m2: GET /1.0/storage-pools/x: Storage pool not found"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestDoUnderstandsStrangeAnswers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		body   string
		want   drivers.Kind
	}{
		"plain text":                  {403, "403 invalid client certificate", drivers.Denied},
		"page":                        {200, "<html>secret page</html>", drivers.Unsupported},
		"other JSON":                  {200, `{"leader":"10.0.0.1:8443"}`, drivers.Unsupported},
		"nothing":                     {200, "", drivers.Unsupported},
		"proxy failed":                {502, "bad gateway", drivers.Internal},
		"error in a good status":      {200, `{"type":"error","error_code":404,"error":"not found"}`, drivers.NotFound},
		"error without a reason":      {500, `{"type":"error","error_code":500}`, drivers.Internal},
		"redirection that leads away": {302, "", drivers.Unsupported},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := serve(t, answer(tc.status, tc.body)).Do(t.Context(), drivers.Call{Method: "GET", Path: "/1.0"})
			if got := drivers.KindOf(err); got != tc.want || strings.Contains(err.Error(), "secret page") {
				t.Errorf("got %s: %v, want %s", got, err, tc.want)
			}
		})
	}
}

func TestNoSecretOfARequestIsInAnError(t *testing.T) {
	t.Parallel()
	const secret = `hunter2"&more`
	bodies := map[string]any{
		"config": map[string]any{"config": map[string]string{"core.trust_password": secret, "user.x": "plain"}},
		"join":   map[string]any{"cluster_password": secret, "server_name": "m3"},
		"trust":  map[string]any{"trust_token": secret},
		"nested": map[string]any{"config": map[string]any{"maas.api.key": []string{secret}}},
	}
	handlers := map[string]http.HandlerFunc{
		"quoted by the daemon": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]any{"type": "error", "error_code": 400,
				"error": fmt.Sprintf("cannot set 'k' to '%s': %q, plain", secret, secret)})
		},
		"echoed as no envelope": func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) },
		"cut off": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.Copy(w, r.Body)
		},
	}
	for how, handler := range handlers {
		for where, body := range bodies {
			t.Run(how+" "+where, func(t *testing.T) {
				t.Parallel()
				_, err := serve(t, handler).Do(t.Context(), drivers.Call{Method: "PUT", Path: "/1.0/cluster", Body: body})
				if err == nil || strings.Contains(fmt.Sprintf("%+v %#v %v", err, err, errors.Unwrap(err)), "hunter2") {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

func TestShortSecretWithholdsTheText(t *testing.T) {
	t.Parallel()
	c := serve(t, answer(400, `{"type":"error","error_code":400,"error":"cannot set 'x' to 'ab'"}`))
	_, err := c.Do(t.Context(), drivers.Call{Method: "PUT", Path: "/1.0", Body: map[string]string{"cluster_password": "ab"}})
	if want := "m2: PUT /1.0: the daemon's reason is withheld because it may quote a secret"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestDoGivesUpOnAHungDaemon(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{})
	c := serve(t, func(_ http.ResponseWriter, r *http.Request) { close(asked); <-r.Context().Done() })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	_, err := c.Do(ctx, drivers.Call{Method: "GET", Path: "/1.0/cluster"})
	if !drivers.Is(err, drivers.Timeout) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestNobodyListensIsUnreachable(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close() // from here on the port refuses
	_, err = rest.New(rest.Config{Member: "m2", URL: "http://" + address}).Do(t.Context(), drivers.Call{Method: "GET", Path: "/1.0"})
	if !drivers.Is(err, drivers.Unreachable) || !strings.Contains(err.Error(), address) {
		t.Errorf("got %v", err)
	}
}

// TestConnectionThatBreaksMidway has a daemon that goes away after it has the request.
func TestConnectionThatBreaksMidway(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) })
	const goesOn = "the connection broke, and the daemon may go on; what became of it shows in the next plan (EOF)"
	statement := func(text string) map[string]string { return map[string]string{"query": text} }
	for _, tc := range []struct {
		call drivers.Call
		want string
	}{
		{drivers.Call{Method: "POST", Path: "/1.0/profiles"}, "m2: POST /1.0/profiles: " + goesOn},
		{drivers.Call{Method: "GET", Path: "/1.0/profiles"}, "m2: GET /1.0/profiles: EOF"},
		{drivers.Call{Method: "POST", Path: drivers.SQLPath, Body: statement("SELECT 1")},
			"m2: POST /internal/sql: EOF"},
		{drivers.Call{Method: "POST", Path: drivers.SQLPath, Body: statement("DELETE FROM config")},
			"m2: POST /internal/sql: " + goesOn},
	} {
		_, err := c.Do(t.Context(), tc.call)
		if !drivers.Is(err, drivers.Unreachable) || err.Error() != tc.want {
			t.Errorf("got  %v\nwant %s", err, tc.want)
		}
	}
}

// TestFailedOperationIsAFailure has a wait that answers as LXD 5.21.7 does: the operation did not find something, and is
// not unknown itself.
func TestFailedOperationIsAFailure(t *testing.T) {
	t.Parallel()
	c := serve(t, answer(200, `{"type":"error","error_code":404,"error":"Image not found"}`))
	_, err := c.Do(t.Context(), drivers.Call{Method: "GET", Path: "/1.0/operations/7d4c/wait"})
	if !drivers.Is(err, drivers.Internal) || !strings.Contains(err.Error(), "Image not found") {
		t.Errorf("got %s: %v", drivers.KindOf(err), err)
	}
	c = serve(t, answer(200, `{"type":"error","error_code":500,"error":"context deadline exceeded"}`))
	_, err = c.Do(t.Context(), drivers.Call{Method: "GET", Path: "/1.0/operations/7d4c/wait"})
	if !drivers.Is(err, drivers.Timeout) {
		t.Errorf("got %s: %v, want that it goes on", drivers.KindOf(err), err)
	}
}

func TestDialErrorKeepsItsKind(t *testing.T) {
	t.Parallel()
	c := rest.New(rest.Config{Member: "m2", URL: rest.SocketURL, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, &drivers.Error{Kind: drivers.HostKey, Op: "connecting over ssh", Err: errors.New("changed")}
	}})
	_, err := c.Do(t.Context(), drivers.Call{Method: "GET", Path: "/1.0"})
	if !drivers.Is(err, drivers.HostKey) || err.Error() != "m2: GET /1.0: connecting over ssh: changed" {
		t.Errorf("got %v", err)
	}
}

// TestReuse counts connections: none to a daemon's socket outlives its call, other ones are used again.
func TestReuse(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]int{rest.SocketURL: 5, "http://m1": 1} {
		var dials atomic.Int32
		path, idle := listen(t)
		dial := func(ctx context.Context, network, address string) (net.Conn, error) {
			dials.Add(1)
			return new(net.Dialer).DialContext(ctx, network, address)
		}
		c := rest.New(rest.Config{URL: url, Dial: rest.SocketDial(dial, path)})
		t.Cleanup(c.CloseIdleConnections)
		call := func() {
			if _, err := c.Do(t.Context(), drivers.Call{Method: "GET", Path: "/1.0"}); err != nil {
				t.Error(err)
			}
		}
		for range 5 {
			call()
		}
		if int(dials.Load()) != want {
			t.Errorf("%s: got %d connections for 5 calls in a row, want %d", url, dials.Load(), want)
		}
		var all sync.WaitGroup
		for range 50 {
			all.Go(call)
		}
		all.Wait()
		if url == rest.SocketURL && idle.Load() > 0 {
			t.Errorf("%d connections to the socket waited for another call", idle.Load())
		}
		if url != rest.SocketURL && dials.Load() > 16 {
			t.Errorf("%s: got %d connections for 50 calls at once, want at most 16", url, dials.Load())
		}
	}
}

// listen serves on a socket and counts the connections that stay open after an answer.
func listen(t *testing.T) (path string, idle *atomic.Int32) {
	path, idle = t.TempDir()+"/unix.socket", new(atomic.Int32)
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(answer(200, `{"type":"sync","metadata":{}}`+"\n"))
	s.Listener = l
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateIdle {
			idle.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return path, idle
}

func TestPathHasNoQuery(t *testing.T) {
	t.Parallel()
	c := serve(t, answer(200, `{"type":"sync"}`))
	for _, path := range []string{"/1.0?target=x", "1.0", "/1.0#x"} {
		if _, err := c.Do(t.Context(), drivers.Call{Method: "GET", Path: path}); !drivers.Is(err, drivers.Invalid) {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

func TestListsOfAReadingAreBoundedTogether(t *testing.T) {
	t.Parallel()
	c := serve(t, answer(200, `{"type":"sync","metadata":["0123456789"]}`))
	ctx := drivers.Together(t.Context(), 30)
	get := func(recursion string) error {
		_, err := c.Do(ctx, drivers.Call{Method: "GET", Path: "/1.0/profiles",
			Query: map[string]string{"recursion": recursion}})
		return err
	}
	for _, recursion := range []string{"1", "", "", "1"} { // what is no list is not kept
		if err := get(recursion); err != nil {
			t.Error(err)
		}
	}
	const want = "the lists of all servers have more than 0 MiB together; if that is right, give a larger --max-input"
	if err := get("1"); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestEndlessAnswersAreGivenUp is not parallel: it measures memory, which may be little more than what is read.
func TestEndlessAnswersAreGivenUp(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"type":"sync","metadata":"`)
		for chunk := strings.Repeat("x", 1<<16); ; {
			if _, err := io.WriteString(w, chunk); err != nil {
				return
			}
		}
	})
	for recursion, want := range map[string]string{"": "the answer is larger than 8 MiB", "1": "the answer is larger than 32 MiB"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := c.Do(t.Context(), drivers.Call{Method: "GET", Path: "/1.0/profiles",
			Query: map[string]string{"recursion": recursion}})
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 40<<20 {
			t.Errorf("%d MiB were allocated, where %s", allocated>>20, want)
		}
	}
}
