package dqlite_test

import (
	"context"
	"database/sql/driver"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"clusterctl/drivers"
	"clusterctl/drivers/dqlite"
	"clusterctl/drivers/internal/memdb"
	"clusterctl/drivers/rest"
	"clusterctl/drivers/sandbox/wire"
	"clusterctl/schema"
)

// cluster is a pretended cluster: members that speak HTTPS and dqlite over one database.
type cluster struct {
	db      *memdb.DB
	members []*member

	mu     sync.Mutex
	leader string // address
}

type member struct {
	wire.Handler // the requests that are not asked here
	*cluster
	server  *httptest.Server
	address string
	// answer, when set, is what /internal/database says instead of working.
	answer func(w http.ResponseWriter)
	// message, when set, is what it says in dqlite's protocol instead.
	message string
}

func newCluster(t *testing.T, members int) *cluster {
	t.Helper()
	db, err := memdb.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{db: db}
	for range members {
		m := &member{cluster: c}
		m.server = httptest.NewUnstartedServer(m)
		m.server.Config.ErrorLog = log.New(io.Discard, "", 0)
		m.server.StartTLS()
		m.address = m.server.Listener.Addr().String()
		c.members = append(c.members, m)
	}
	c.lead(c.members[0])
	t.Cleanup(func() {
		for _, m := range c.members {
			m.server.CloseClientConnections()
			m.server.Close()
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func (c *cluster) lead(m *member) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leader = m.address
}

func (c *cluster) leads() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.leader
}

// config reaches the members in that order.
func (c *cluster) config(members ...int) dqlite.Config {
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.members[0].server.Certificate().Raw})
	out := dqlite.Config{Dial: &net.Dialer{}, TLS: rest.PinnedTLS(nil, string(certificate))}
	for _, i := range members {
		out.Addresses = append(out.Addresses, c.members[i].address)
	}
	return out
}

func (m *member) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/internal/sql":
		_, _ = fmt.Fprintf(w, `{"metadata":{"Results":[{"type":"select","columns":["address","role"],"rows":[[%q,0],["10.0.0.9:8443",2]]}]}}`, m.address)
	case m.answer != nil:
		m.answer(w)
	case r.Header.Get("X-Dqlite-Version") != "1":
		http.Error(w, "426 dqlite version too old ", http.StatusUpgradeRequired)
	case r.Method == http.MethodGet:
		_, _ = fmt.Fprintf(w, `{"leader":%q}`, m.leads())
	default:
		conn, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: dqlite\r\nConnection: Upgrade\r\n\r\n")
		if m.message != "" {
			_, _ = io.WriteString(conn, m.message)
		}
		_ = wire.Serve(context.Background(), upgraded{conn, buffered}, m) // ends with the connection
	}
}

// upgraded reads first what the HTTP server had buffered.
type upgraded struct {
	net.Conn
	io.Reader
}

func (u upgraded) Read(p []byte) (int, error) { return u.Reader.Read(p) }

func (m *member) Leader(context.Context) (uint64, string, error) { return 1, m.leads(), nil }

func (m *member) CheckLeader(context.Context) error {
	if m.leads() != m.address {
		return wire.NotLeader()
	}
	return nil
}

func (m *member) Nodes(context.Context) ([]wire.Node, error) {
	return []wire.Node{{ID: 1, Address: m.address}, {ID: 4, Address: "10.0.0.9:8443", Role: wire.StandBy}}, nil
}

func (m *member) Open(ctx context.Context, _ string) (driver.Conn, error) { return m.db.Connect(ctx) }

func open(t *testing.T, c dqlite.Config) *dqlite.DB {
	t.Helper()
	db, err := dqlite.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

func TestOnlySelectsAreSent(t *testing.T) {
	t.Parallel()
	db := open(t, newCluster(t, 1).config(0))
	for _, statement := range []string{"DELETE FROM nodes", "SELECT 1; DELETE FROM nodes"} {
		if _, err := db.Query(t.Context(), statement); !drivers.Is(err, drivers.Invalid) {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

func TestReadTakesTwelveRoundTrips(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2)
	for first, want := range []int{10, 12} {
		db := open(t, c.config(first))
		for range 2 {
			// Large enough for several frames, which are one round trip together.
			rows, err := db.Query(t.Context(), `SELECT * FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 5000) SELECT i, 'text', NULL FROM n)`)
			if err != nil {
				t.Fatal(err)
			}
			if last := rows[len(rows)-1]; len(rows) != 5000 || last[0].String != "5000" || last[1].String != "text" || last[2].Valid {
				t.Errorf("got %d rows, the last %v", len(rows), last)
			}
		}
		if got := db.RoundTrips(); got != want {
			t.Errorf("asked member %d first: got %d round trips, want %d", first, got, want)
		}
		if db.Leader() != c.members[0].address || db.Roles()[c.members[0].address] != schema.Voter || db.Roles()["10.0.0.9:8443"] != schema.Spare {
			t.Errorf("got leader %s and roles %v", db.Leader(), db.Roles())
		}
	}
}

// gone is a network whose other ends have always closed first.
type gone struct{ net.Dialer }

type goneConn struct{ net.Conn }

func (c goneConn) Close() error { return errors.Join(c.Conn.Close(), io.EOF) }

func (g *gone) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := g.Dialer.DialContext(ctx, network, address)
	return goneConn{conn}, err
}

func TestQueryFollowsALeaderChange(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2)
	config := c.config(0, 1)
	config.Dial = &gone{}
	db := open(t, config)
	c.lead(c.members[1])
	rows, err := db.Query(t.Context(), "SELECT 1")
	if err != nil || len(rows) != 1 {
		t.Fatalf("got %v, %v", rows, err)
	}
	if db.Leader() != c.members[1].address {
		t.Errorf("got leader %s, want %s", db.Leader(), c.members[1].address)
	}
}

func TestOpenPassesOverSilentMembers(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2)
	config := c.config(0)
	config.Addresses = append([]string{"127.0.0.1:1"}, config.Addresses...)
	if db := open(t, config); db.Leader() != c.members[0].address {
		t.Errorf("got leader %s", db.Leader())
	}
}

func TestOpenClassifiesFailures(t *testing.T) {
	t.Parallel()
	say := func(status int, text string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { http.Error(w, text, status) }
	}
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter)
		kind   drivers.Kind
		text   string
	}{
		"not clustered":      {say(404, "404 page not found"), drivers.Unsupported, "the server has no cluster database: it is not clustered"},
		"client certificate": {say(403, "403 invalid client certificate"), drivers.Denied, "403 invalid client certificate"},
		"no leader":          {say(500, "500 no elected leader"), drivers.NoLeader, "500 no elected leader"},
		"no quorum":          {say(500, "RAFT cluster is unavailable"), drivers.NoLeader, "RAFT cluster is unavailable"},
		"empty leader":       {func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"leader":""}`) }, drivers.NoLeader, "no leader"},
		"dead leader":        {func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"leader":"127.0.0.1:1"}`) }, drivers.NoLeader, "connection refused"},
		"starting":           {say(503, ""), drivers.Starting, "Service Unavailable"},
		"other server":       {func(w http.ResponseWriter) { _, _ = io.WriteString(w, `<html>`) }, drivers.Unreachable, "reading who leads"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := newCluster(t, 1)
			cluster.members[0].answer = c.answer
			_, err := dqlite.Open(t.Context(), cluster.config(0))
			if !drivers.Is(err, c.kind) || !strings.Contains(fmt.Sprint(err), c.text) {
				t.Errorf("got %v (%v), want %v with %q", err, drivers.KindOf(err), c.kind, c.text)
			}
		})
	}
}

// TestLengthsAreNotBelieved is not parallel: it measures memory. The message would have 32 GiB.
func TestLengthsAreNotBelieved(t *testing.T) {
	c := newCluster(t, 1)
	c.members[0].message = strings.Repeat("\xff", 8)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := dqlite.Cluster(t.Context(), c.config(0), c.members[0].address)
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), "it sends a message of more than 32 MiB") {
		t.Errorf("got %v", err)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 64<<20 {
		t.Errorf("%d MiB were allocated", allocated>>20)
	}
	if _, err := dqlite.Open(t.Context(), c.config(0)); err == nil {
		t.Error("it was opened")
	}
}

func TestOpenRefusesAnotherCertificate(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1)
	config := c.config(0)
	config.TLS = rest.PinnedTLS(nil, strings.Repeat("ab", 32))
	if _, err := dqlite.Open(t.Context(), config); !drivers.Is(err, drivers.Certificate) {
		t.Errorf("got %v, want an error about the certificate", err)
	}
}

func TestOpenGivesUpInTime(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1)
	hang := make(chan struct{})
	c.members[0].answer = func(http.ResponseWriter) { <-hang }
	t.Cleanup(func() { close(hang) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := dqlite.Open(ctx, c.config(0)); !drivers.Is(err, drivers.Timeout) {
		t.Errorf("got %v, want a timeout", err)
	}
}

func TestClusterIsTheRaftConfiguration(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2)
	raft, err := dqlite.Cluster(t.Context(), c.config(0), c.members[1].address)
	if err != nil {
		t.Fatal(err)
	}
	if raft.Leader != c.members[0].address || len(raft.Members) != 2 || raft.Members[1] != (schema.RaftMember{ID: 4, Address: "10.0.0.9:8443", Role: schema.StandBy}) {
		t.Errorf("got %+v", raft)
	}
}
