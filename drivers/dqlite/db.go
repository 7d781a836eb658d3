package dqlite

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/canonical/go-dqlite/client"
	dqlitedriver "github.com/canonical/go-dqlite/driver"
	"github.com/rs/zerolog"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// database is the name of the cluster's database within dqlite.
const database = "db.bin"

// attemptTimeout limits what one member may take to answer before the next is tried.
const attemptTimeout = 5 * time.Second

// Config says how to reach a cluster's database.
type Config struct {
	// Addresses are the members' cluster addresses (host:port), asked in this order who leads.
	Addresses []string
	// Dial opens TCP connections to those addresses and to the leader's.
	Dial drivers.Dialer
	// TLS has a member's own certificate (server.crt, server.key) and accepts cluster.crt and nothing else.
	TLS *tls.Config
}

// DB is a connection to the leader's database. It is for one goroutine at a time; [DB.RoundTrips] is for any.
type DB struct {
	config Config
	trips  atomic.Int64
	log    client.LogFunc
	pool   *sql.DB
	conn   *sql.Conn
	leader string
	roles  map[string]schema.RaftRole
}

// Open finds the leader and connects to it. Members that do not answer are passed over. It fails with a
// *drivers.Error: Unsupported when the servers are not clustered, Denied when the certificate is not a member's,
// NoLeader when there is none, Certificate, Unreachable, Timeout. Close the result after use.
func Open(ctx context.Context, c Config) (*DB, error) {
	db := &DB{config: c, log: logTo(zerolog.Ctx(ctx))}
	if err := db.open(ctx); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// Leader returns the address of the member that led the database when it was opened.
func (db *DB) Leader() string { return db.leader }

// Roles returns the Raft roles by address; nil when the leader did not tell.
func (db *DB) Roles() map[string]schema.RaftRole { return db.roles }

// RoundTrips returns how often something was sent and an answer awaited, connecting and TLS included.
func (db *DB) RoundTrips() int { return int(db.trips.Load()) }

// Query runs one SELECT and returns its rows; it makes DB a rows.Querier. When the connection is lost or the leader
// changed, it connects again, once.
func (db *DB) Query(ctx context.Context, statement string) ([][]drivers.Cell, error) {
	if !drivers.Selects(statement) {
		return nil, &drivers.Error{Kind: drivers.Invalid, Op: "reading the database", Err: errors.New("that is no SELECT")}
	}
	out, err := db.query(ctx, statement)
	if err == nil || ctx.Err() != nil || !drivers.KindOf(err).Temporary() {
		return out, err
	}
	zerolog.Ctx(ctx).Debug().Err(err).Msg("connecting to the database again")
	db.Close()
	if err := db.open(ctx); err != nil {
		return nil, err
	}
	return db.query(ctx, statement)
}

// Close ends the connection. How that goes says nothing of what was read: an end that closes first shows as EOF.
func (db *DB) Close() {
	if db.conn != nil {
		_ = db.conn.Close()
	}
	if db.pool != nil {
		_ = db.pool.Close()
	}
	db.conn, db.pool = nil, nil
}

func (db *DB) open(ctx context.Context) error {
	l, err := db.findLeader(ctx)
	if err != nil {
		return err
	}
	db.leader = l.address
	db.roles = l.roles(ctx)
	ready := &prepared{db: db, link: l}
	store := client.NewInmemNodeStore()
	if err := store.Set(ctx, []client.NodeInfo{{Address: l.address}}); err != nil {
		return errors.Join(err, ready.close())
	}
	d, err := dqlitedriver.New(store, dqlitedriver.WithDialFunc(ready.dial), dqlitedriver.WithLogFunc(db.log),
		dqlitedriver.WithAttemptTimeout(attemptTimeout), dqlitedriver.WithRetryLimit(3))
	if err != nil {
		return errors.Join(err, ready.close())
	}
	connector, err := d.OpenConnector(database)
	if err != nil {
		return errors.Join(err, ready.close())
	}
	db.pool = sql.OpenDB(connector)
	if db.conn, err = db.pool.Conn(ctx); err != nil {
		return errors.Join(classify(ctx, "opening the database", db.leader, err), ready.close())
	}
	return nil
}

func (db *DB) query(ctx context.Context, statement string) (out [][]drivers.Cell, err error) {
	if db.conn == nil {
		return nil, &drivers.Error{Kind: drivers.Unreachable, Op: "reading the database", Err: net.ErrClosed}
	}
	result, err := db.conn.QueryContext(ctx, statement)
	if err == nil {
		out, err = drivers.Rows(result, maxRows)
	}
	if err != nil {
		return nil, classify(ctx, "reading the database", db.leader, err)
	}
	return out, nil
}

// prepared hands go-dqlite the connection that is already there, and opens others itself.
type prepared struct {
	db   *DB
	mu   sync.Mutex
	link *link
}

func (p *prepared) dial(ctx context.Context, address string) (net.Conn, error) {
	p.mu.Lock()
	l := p.link
	if l != nil && l.address == address {
		p.link = nil
	} else {
		l = nil
	}
	p.mu.Unlock()
	var err error
	if l == nil {
		if l, err = p.db.config.connect(ctx, address, &p.db.trips); err != nil {
			return nil, err
		}
	}
	if err := l.upgrade(ctx); err != nil {
		_ = l.Close() // the error says more
		return nil, err
	}
	return l, nil
}

func (p *prepared) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.link == nil {
		return nil
	}
	return p.link.Close()
}

// logTo passes go-dqlite's messages on at debug level: its warnings are about single attempts, and what matters of
// them comes back as an error.
func logTo(log *zerolog.Logger) client.LogFunc {
	return func(_ client.LogLevel, format string, args ...any) {
		log.Debug().Str("from", "dqlite").Msg(fmt.Sprintf(format, args...))
	}
}
