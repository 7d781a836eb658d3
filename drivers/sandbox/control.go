package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"clusterctl/drivers/sandbox/wire"
	"clusterctl/schema"
)

func (w *World) labelled(label string) *member {
	if i := slices.IndexFunc(w.members, func(m *member) bool { return m.Label == label }); i >= 0 {
		return w.members[i]
	}
	return nil
}

// stranger is the error about a label that no member has.
func (w *World) stranger(label string) error {
	labels := schema.Map(w.members, func(m *member) string { return m.Label })
	return fmt.Errorf("there is no server %q: there are %s", label, strings.Join(labels, ", "))
}

// control runs fn on the member of that label with the world locked, and saves the world.
func (w *World) control(label string, fn func(*member) error) error {
	m := w.labelled(label)
	if m == nil {
		return w.stranger(label)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return errors.Join(fn(m), w.save())
}

// Stop kills the daemon of a member: its connections break, its background operations and tokens are gone.
func (w *World) Stop(_ context.Context, label string) error {
	return w.control(label, func(m *member) error {
		m.kill()
		return nil
	})
}

func (w *World) stopLeader(ctx context.Context) error {
	w.mu.Lock()
	label := ""
	for _, c := range w.clusters() {
		if m := c.member(int64(c.leader)); c.clustered && m != nil {
			label = m.Label
		}
	}
	w.mu.Unlock()
	if label == "" {
		return errors.New("no cluster has a leader")
	}
	return w.Stop(ctx, label)
}

// kill stops the daemon. The caller holds the lock.
func (m *member) kill() {
	if !m.up() {
		return
	}
	m.Down, m.hung = true, false
	m.end()
	m.operations = map[string]*operation{}
	m.connections.closeAll()
	m.cluster.elect()
}

// Restart starts the daemon of a member that was stopped.
func (w *World) Restart(ctx context.Context, label string) error {
	return w.control(label, func(m *member) error { return m.run(ctx) })
}

// run starts the daemon in the version that is installed; its row in the table nodes then says so. Beside a newer one
// it does not start. The caller holds the lock.
func (m *member) run(ctx context.Context) error {
	if m.cluster.newest(m) > max(m.Installed, len(m.world.server.Extensions)) {
		m.ended = true
		return nil // the daemon ends at once, and whoever started it does not wait for that
	}
	if m.Torn != "" {
		m.ended = true
		return nil // "failed to find any PEM data in key input"
	}
	switch nodes, err := m.raftNodes(ctx); {
	case err != nil:
		return err
	case m.startsHalf(nodes):
		m.ServerName = nobody
	case !m.cluster.clustered && len(nodes) > 0:
		return nil // "No node registered with address"
	}
	if !m.up() {
		m.Unaware = false
		m.starts++
		m.live()
	}
	m.cluster.elect()
	if m.Installed != 0 && m.cluster.quorum() {
		m.Upgraded = true
		err := m.cluster.db.exec(ctx, "UPDATE nodes SET api_extensions=? WHERE id=?", m.Installed, m.NodeID)
		if err != nil {
			return err
		}
	}
	if _, m.ended = m.world.faults.strike(FaultEndStarting, m); m.ended {
		m.kill() // its row in the table is that of its version already
	}
	return m.world.heartbeat(ctx)
}

// newest is the number of API extensions of the newest version that another member of the cluster has run.
func (c *cluster) newest(but *member) int {
	most := 0
	for _, m := range c.members() {
		if m != but && m.Upgraded {
			most = max(most, m.Installed)
		}
	}
	return most
}

// Wipe gives a member a fresh installation: a new identity and an empty database. The cluster that it was part of
// still has its rows.
func (w *World) Wipe(ctx context.Context, label string) error {
	return w.control(label, func(m *member) error {
		pair, err := newKeyPair(m.Label)
		if err != nil {
			return err
		}
		m.serverPair = pair
		err = errors.Join(pair.write(m.dir, "server"), m.empty(ctx))
		m.live()
		return err
	})
}

// empty stops the daemon and leaves it an empty database.
func (m *member) empty(ctx context.Context) error {
	old := m.cluster
	m.kill()
	err := m.standalone(ctx)
	if err == nil && !old.clustered {
		err = m.world.dropDatabase(old)
	}
	return errors.Join(err, m.local.exec(ctx, "DELETE FROM config"))
}

// dropDatabase closes the database of a standalone server that is one no longer, and removes its files.
func (w *World) dropDatabase(c *cluster) error {
	if err := c.db.Close(); err != nil {
		return err
	}
	if w.copied != nil {
		return nil
	}
	for _, ending := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(w.path(c.file + ".db" + ending)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// recover does what "lxd cluster recover-from-quorum-loss" does on a stopped member: it becomes the only one of the
// Raft group.
func (m *member) recover(ctx context.Context) error {
	c := m.cluster
	switch _, in := c.role(m.NodeID); {
	case m.up():
		return errors.New("The LXD daemon is running, please stop it first.")
	case !c.clustered:
		return errors.New("This LXD instance is not clustered")
	case !in:
		return errors.New("This LXD instance has no database role")
	}
	c.raft, c.leader = []wire.Node{c.raft[c.place(m.NodeID)]}, 0
	c.raft[0].Role = wire.Voter
	return m.local.exec(ctx, "DELETE FROM raft_nodes WHERE id<>?; UPDATE raft_nodes SET role=0", m.NodeID)
}

// newerExtensions is how many more API extensions the version has that the hosts' package manager installs.
const newerExtensions = 22

// blocked reports whether an upgraded member waits for others: until they have its version its REST API answers 503.
func (m *member) blocked(ctx context.Context) bool {
	if !m.Upgraded {
		return false
	}
	older, err := m.cluster.db.rows(ctx, `SELECT a.id FROM nodes a JOIN nodes b ON b.id=? WHERE a.state<>?
		AND a.api_extensions<b.api_extensions`, m.NodeID, stateMemberPending)
	return err != nil || len(older) > 0
}
