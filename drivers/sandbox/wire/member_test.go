package wire_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/canonical/go-dqlite/client"
	dqlite "github.com/canonical/go-dqlite/driver"

	"clusterctl/drivers/internal/memdb"
	"clusterctl/drivers/sandbox/wire"
)

// member is a member of a pretended cluster: an address where the protocol is spoken, over a database.
type member struct {
	db      *memdb.DB
	address string
	nodes   []wire.Node

	mu      sync.Mutex
	follows bool       // it does not lead
	served  chan error // what Serve returned, per connection
}

// newMember starts a member that leads and has an empty database; it ends with the test.
func newMember(t testing.TB) *member {
	t.Helper()
	db, err := memdb.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &member{db: db, address: l.Addr().String(), served: make(chan error, 1000)}
	m.nodes = []wire.Node{{ID: 1, Address: m.address}, {ID: 2, Address: "m2:8443", Role: wire.StandBy}, {ID: 7, Address: "m3:8443", Role: wire.Spare}}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { m.served <- wire.Serve(ctx, conn, m) })
		}
	})
	t.Cleanup(func() {
		cancel()
		l.Close()
		wg.Wait()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func (m *member) Leader(context.Context) (uint64, string, error) {
	if m.following() {
		return 0, "", nil
	}
	return 1, m.address, nil
}

func (m *member) CheckLeader(context.Context) error {
	if m.following() {
		return wire.NotLeader()
	}
	return nil
}

func (m *member) following() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.follows
}

func (m *member) Nodes(context.Context) ([]wire.Node, error) { return m.nodes, nil }

func (m *member) Open(ctx context.Context, name string) (driver.Conn, error) {
	if name != "db.bin" {
		return nil, &wire.Failure{Code: 1002, Text: "database does not exists"}
	}
	return m.db.Connect(ctx)
}

// follow makes the member lose its leadership.
func (m *member) follow() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.follows = true
}

// write runs statements beside the protocol.
func (m *member) write(t testing.TB, statements ...string) {
	t.Helper()
	err := m.db.Update(t.Context(), func(tx *sql.Tx) error {
		for _, s := range statements {
			if _, err := tx.ExecContext(t.Context(), s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func dial(ctx context.Context, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", address)
}

func quiet(client.LogLevel, string, ...any) {}

// client returns go-dqlite's client of the member.
func (m *member) client(t testing.TB) *client.Client {
	t.Helper()
	c, err := client.New(t.Context(), m.address, client.WithDialFunc(dial), client.WithLogFunc(quiet))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// connector makes a database/sql pool of go-dqlite's driver without a global name for it.
type connector struct {
	driver *dqlite.Driver
	name   string
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.driver.OpenConnector(c.name)
	if err != nil {
		return nil, err
	}
	return inner.Connect(ctx)
}

func (c connector) Driver() driver.Driver { return c.driver }

// sql returns a pool over go-dqlite's driver for the named database.
func (m *member) sql(t testing.TB, name string) *sql.DB {
	t.Helper()
	store := client.NewInmemNodeStore()
	if err := store.Set(t.Context(), []client.NodeInfo{{ID: 1, Address: m.address}}); err != nil {
		t.Fatal(err)
	}
	d, err := dqlite.New(store, dqlite.WithDialFunc(dial), dqlite.WithLogFunc(quiet), dqlite.WithRetryLimit(1),
		dqlite.WithConnectionBackoffFactor(time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	pool := sql.OpenDB(connector{d, name})
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	})
	return pool
}
