package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"time"

	"clusterctl/drivers/sandbox/wire"
	"clusterctl/schema"
)

// cluster is what members share: the database and the Raft group. A standalone member has one for itself.
type cluster struct {
	world     *World
	file      string
	db        *store
	clustered bool
	// raft is the Raft configuration; leader is the id of the leading member, 0 while there is none.
	raft   []wire.Node
	leader uint64
}

// attach gives the member the cluster that world.json names, or a fresh standalone database.
func (m *member) attach(ctx context.Context) error {
	for _, c := range m.world.clusters() {
		if c.file == m.Cluster {
			m.cluster = c
			return nil
		}
	}
	c, err := m.world.openCluster(ctx, m.Cluster)
	m.cluster = c
	return err
}

func (w *World) openCluster(ctx context.Context, file string) (*cluster, error) {
	if err := w.lost(file); err != nil {
		return nil, err
	}
	db, err := w.openDatabase(ctx, w.path(file+".db"), w.server.Tables)
	if err != nil {
		return nil, err
	}
	c := &cluster{world: w, file: file, db: db}
	for _, s := range w.saved.Clusters {
		if s.File == file {
			c.clustered, c.leader, c.raft = s.Clustered, s.Leader, s.Raft
		}
	}
	return c, nil
}

// lost fails when the database of a cluster is gone: an empty one would be none of its.
func (w *World) lost(file string) error {
	formed := slices.ContainsFunc(w.saved.Clusters, func(s savedCluster) bool { return s.File == file && s.Clustered })
	if !formed || w.temporary || w.copied != nil {
		return nil
	}
	_, err := os.Stat(w.path(file + ".db"))
	return err
}

// standalone returns the member to a server of its own with an empty database, as leaving a cluster does.
func (m *member) standalone(ctx context.Context) error {
	c, err := m.world.openCluster(ctx, m.world.newClusterFile())
	if err != nil {
		return err
	}
	m.cluster, m.NodeID, m.ServerName, m.clusterPair = c, 1, "", nil
	m.operations = map[string]*operation{} // the daemon starts anew
	if err := removeKeyPair(m.dir, "cluster"); err != nil {
		return err
	}
	return m.local.exec(ctx, "DELETE FROM raft_nodes; DELETE FROM certificates")
}

// members returns the members that belong to the cluster.
func (c *cluster) members() []*member {
	return schema.Filter(c.world.members, func(m *member) bool { return m.cluster == c })
}

// member returns the member whose row in nodes has that id, nil if no such member runs in this world.
func (c *cluster) member(id int64) *member {
	for _, m := range c.members() {
		if m.NodeID == id {
			return m
		}
	}
	return nil
}

func (c *cluster) up(id uint64) bool { return c.member(int64(id)).up() }

// leading is the entry of the leader in the Raft configuration; ok is false while there is none.
func (c *cluster) leading() (leader wire.Node, ok bool) {
	c.elect()
	if i := c.place(int64(c.leader)); i >= 0 {
		return c.raft[i], true
	}
	return wire.Node{}, false
}

// place is that of a member in the Raft configuration, -1 when it has none.
func (c *cluster) place(id int64) int {
	return slices.IndexFunc(c.raft, func(n wire.Node) bool { return int64(n.ID) == id })
}

func (c *cluster) role(id int64) (wire.Role, bool) {
	if i := c.place(id); i >= 0 {
		return c.raft[i].Role, true
	}
	return 0, false
}

func (c *cluster) voters() []wire.Node {
	return schema.Filter(c.raft, func(n wire.Node) bool { return n.Role == wire.Voter })
}

// quorum reports whether more than half of the voters run.
func (c *cluster) quorum() bool {
	return !c.clustered || c.count(wire.Voter, c.up) > len(c.voters())/2
}

// elect gives the cluster a leader if it can have one.
func (c *cluster) elect() {
	leads := func(n wire.Node) bool { return n.ID == c.leader && c.up(n.ID) }
	switch {
	case !c.clustered:
	case !c.quorum():
		c.leader = 0
	case !slices.ContainsFunc(c.voters(), leads):
		c.leader = schema.Filter(c.voters(), func(n wire.Node) bool { return c.up(n.ID) })[0].ID
	}
}

// available refuses calls that need the database while there is no quorum, with the texts of LXD 5.0.2. Reads of the
// cluster fail sooner and differently from writes; the caller's place decides.
func (m *member) available(write bool) error {
	m.cluster.elect()
	if m.cluster.quorum() {
		return nil
	}
	role, _ := m.cluster.role(m.NodeID)
	switch {
	case write:
		return fail(http.StatusServiceUnavailable,
			"Failed to begin transaction: failed to create dqlite connection: no available dqlite leader server found")
	case role != wire.Voter:
		return fail(http.StatusInternalServerError, "RAFT cluster is unavailable")
	}
	return fail(http.StatusInternalServerError, "context deadline exceeded")
}

// storeRaft copies the Raft configuration into the local databases of the running members, with the names that the
// table nodes has.
func (c *cluster) storeRaft(t *tx) error {
	names := t.pairs("SELECT id,name FROM nodes")
	rows, _ := json.Marshal(schema.Map(c.raft, func(n wire.Node) []any { // plain data always marshals
		return []any{n.ID, n.Address, n.Role, names[fmt.Sprint(n.ID)]}
	}))
	for _, m := range c.members() {
		if !m.up() || c.half() {
			continue
		}
		t.refuse(update(t.ctx, m.local, func(t *tx) error {
			t.exec("DELETE FROM raft_nodes")
			t.exec("INSERT INTO raft_nodes (id,address,role,name) SELECT value->>0, value->>1, value->>2, value->>3 "+
				"FROM json_each(?)", string(rows))
			return nil
		}))
	}
	return t.err
}

// memberRow is a member as the table nodes has it; fresh: its heartbeat is not too old.
type memberRow struct {
	id                           int64
	name, address, state, domain string
	fresh                        bool
}

func (t *tx) memberRows() []memberRow {
	limit := t.limits().offline
	return each(t, func(id int64, row []string) memberRow {
		return memberRow{id, row[0], row[1], row[2], row[3], time.Since(parseTime(row[4])) < limit}
	}, "SELECT id,name,address,state,failure_domain_id,heartbeat FROM nodes ORDER BY id")
}

// peers are the other members that are not pending.
func (c *call) peers() []memberRow {
	return slices.DeleteFunc(c.tx.memberRows(), func(m memberRow) bool {
		return m.id == c.at.NodeID || m.state == stateMemberPending
	})
}

// peersUp refuses what all members have to take part in while one is known to be offline.
func (c *call) peersUp() error {
	for _, p := range c.peers() {
		if !p.fresh {
			return fmt.Errorf("peer node %s is down", p.address)
		}
	}
	return nil
}

// reachPeers refuses it also when one is dead but its heartbeat is still fresh. The path is what LXD calls there.
func (c *call) reachPeers(path string) error {
	verb := "Put"
	if c.Method == http.MethodDelete {
		verb = "Delete"
	}
	if err := c.peersUp(); err != nil {
		return err
	}
	for _, p := range c.peers() {
		if m := c.at.cluster.member(p.id); !m.up() {
			return fmt.Errorf("failed to notify peer %s: %w", p.address, unreachable(verb, p.address, path))
		}
	}
	return nil
}

// unreachable is what calling a dead daemon gives.
func unreachable(verb, address, path string) error {
	return fmt.Errorf("%s \"https://%s%s\": Unable to connect to: %s ([dial tcp %s: connect: connection refused])", verb,
		address, path, address, address)
}
