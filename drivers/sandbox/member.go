package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"clusterctl/drivers/internal/memdb"
)

// member is one pretended server with its daemon.
type member struct {
	world *World
	dir   string

	// The daemon's own state, guarded by world.mu, in part as world.json has it.
	*savedMember
	cluster *cluster
	// local is the database of its own, local.db.
	local       *store
	serverPair  *keyPair
	clusterPair *keyPair
	operations  map[string]*operation
	// hung is a daemon whose join never ends: calls that need the cluster's database never end either.
	hung bool
	// ended is a daemon that ended when it was started.
	ended bool
	// entering is a daemon that said last that a join of it has just begun; named, that it is in a cluster.
	entering, named bool
	// starts is how often the daemon was started; its process id counts on with them.
	starts int
	// life ends when the daemon is killed, or the world closed.
	life        context.Context
	end         context.CancelFunc
	connections connections

	httpsListener, sshListener net.Listener
	// unix is the daemon's socket at its pretended path, for those who come over SSH.
	unix   *pipeListener
	server *http.Server
}

func (w *World) bareMember(s *savedMember) *member {
	m := &member{world: w, savedMember: s, operations: map[string]*operation{}}
	m.life, m.end = context.WithCancel(w.ctx)
	if s.Down {
		m.end()
	}
	return m
}

// live lets the daemon run.
func (m *member) live() {
	m.Down = false
	m.life, m.end = context.WithCancel(m.world.ctx)
}

// up reports whether there is a member whose daemon runs.
func (m *member) up() bool { return m != nil && !m.Down }

func (w *World) newMember(ctx context.Context, s *savedMember) (*member, error) {
	m := w.bareMember(s)
	m.dir = w.path("members", s.Label)
	if err := os.MkdirAll(m.dir, 0o700); err != nil {
		return nil, err
	}
	var err error
	if m.serverPair, err = ownKeyPair(m.dir, "server", m.Label); err != nil {
		return nil, err
	}
	if m.clusterPair, err = loadKeyPair(m.dir, "cluster"); err != nil {
		return nil, err
	}
	m.local, err = w.openDatabase(ctx, filepath.Join(m.dir, "local.db"), w.server.Local)
	return m, err
}

// openDatabase opens a database and lays it out by the statements when it is new. Those of a temporary world need not
// reach the disk.
func (w *World) openDatabase(ctx context.Context, path, statements string) (*store, error) {
	if w.copied != nil {
		return w.openCopied(ctx, statements)
	}
	if w.temporary {
		path = ""
	}
	opened, err := memdb.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	return w.laidOut(ctx, opened, statements)
}

// openCopied opens a database in memory. Those with the same statements are copies of the first one.
func (w *World) openCopied(ctx context.Context, statements string) (*store, error) {
	known, made := w.blank.Load(statements)
	image, _ := known.([]byte)
	opened, err := memdb.Memory(ctx, image)
	if err != nil {
		return nil, err
	}
	if made {
		return &store{DB: opened, server: &w.server}, nil
	}
	db, err := w.laidOut(ctx, opened, statements)
	if err != nil {
		return nil, err
	}
	first, err := db.Image(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	w.blank.Store(statements, first)
	return db, nil
}

// laidOut runs the statements in a database that is empty.
func (w *World) laidOut(ctx context.Context, opened *memdb.DB, statements string) (*store, error) {
	db := &store{DB: opened, server: &w.server}
	err := update(ctx, db, func(t *tx) error {
		if t.number("SELECT count(*) FROM sqlite_master") == 0 {
			t.exec(statements)
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("creating the tables: %w", err), db.Close())
	}
	return db, nil
}

// config returns the member's own server keys.
func (m *member) config(ctx context.Context) (map[string]string, error) {
	rows, err := m.local.rows(ctx, "SELECT key,value FROM config")
	config := map[string]string{}
	for _, row := range rows {
		config[row[0]] = row[1]
	}
	return config, err
}

// local is the configuration of the call's member itself.
func (c *call) local() map[string]string {
	config, err := c.at.config(c.Context())
	c.tx.refuse(err)
	return config
}

// setLocal changes some of the member's own server keys; empty values remove.
func (m *member) setLocal(ctx context.Context, changes map[string]string) error {
	return update(ctx, m.local, func(t *tx) error {
		for _, key := range sortedKeys(changes) {
			t.set(key, changes[key])
		}
		return nil
	})
}

// listens reports whether the daemon listens on that host:port of the world's network.
func (m *member) listens(ctx context.Context, address string) bool {
	config, err := m.config(ctx)
	if err != nil || !m.up() {
		return false
	}
	for _, key := range []string{"core.https_address", "cluster.https_address"} {
		if covers(canonical(config[key]), canonical(address)) || config[key] != "" && m.httpsListener != nil &&
			address == m.address() {
			return true
		}
	}
	return false
}

// canonical appends LXD's port to an address without one.
func canonical(address string) string {
	if address == "" {
		return ""
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		return net.JoinHostPort(strings.Trim(address, "[]"), "8443")
	}
	return address
}

// covers reports whether a listener on the first address is reached at the second. A wildcard is reached at any
// address of its port.
func covers(listener, address string) bool {
	host, port, err := net.SplitHostPort(listener)
	if err != nil {
		return false
	}
	_, want, err := net.SplitHostPort(address)
	return listener == address || err == nil && wildcard(host) && port == want
}

func wildcard(host string) bool { return host == "" || host == "0.0.0.0" || host == "::" }

// pair returns the certificate that the daemon serves: its own before clustering, the cluster's after.
func (m *member) pair() *keyPair {
	if m.clusterPair != nil {
		return m.clusterPair
	}
	return m.serverPair
}

// peer returns the member of the same cluster that has that name and can be asked.
func (m *member) peer(ctx context.Context, name string) (*member, error) {
	found, err := m.cluster.db.rows(ctx, "SELECT id FROM nodes WHERE name=?", name)
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0 || !m.cluster.clustered:
		return nil, fail(http.StatusNotFound, "Cluster member not found")
	}
	id, _ := strconv.ParseInt(found[0][0], 10, 64) // it is a number
	if p := m.cluster.member(id); p.up() {
		return p, nil
	}
	return nil, fmt.Errorf("Missing event connection with target cluster member")
}

// hang makes the daemon one whose join never ends.
func (m *member) hang() {
	m.world.mu.Lock()
	defer m.world.mu.Unlock()
	m.hung = true
}

func (m *member) close() error {
	if m.local == nil {
		return nil
	}
	return m.local.Close()
}
