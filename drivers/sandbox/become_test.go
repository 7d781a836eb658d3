package sandbox

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"clusterctl/drivers/sandbox/wire"
	"clusterctl/schema"
)

// Rows are what a real cluster holds, from which [World.Become] makes a pretended one.
type Rows struct {
	// Database is the SQL that makes the cluster's database, as GET /internal/sql gives it. It may lack tables.
	Database string
	// Config are server keys of one member, by its name. Who is not in there listens at the address that the table
	// nodes has.
	Config map[string]map[string]string
	// Roles are the roles of the members in the database, by name; without any, those that LXD would give.
	Roles map[string]schema.RaftRole
	// Leader is the name of the leader; empty is the first voter.
	Leader string
}

// Become makes the servers of a fresh world the members of the cluster with these rows: the server whose label is a
// member's name. They have keys of their own, so the rows of their certificates are changed. A member for which there
// is no server is dead. On failure the world is of no use any more.
func (w *World) Become(ctx context.Context, rows Rows) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	file := w.newClusterFile()
	db, err := w.openDatabase(ctx, w.path(file+".db"), "PRAGMA defer_foreign_keys=ON;\n"+sorted(rows.Database))
	if err != nil {
		return fmt.Errorf("making a sandbox of rows: %w", err)
	}
	c := &cluster{world: w, file: file, db: db, clustered: true}
	pair, err := newKeyPair(w.members[0].Label)
	if err == nil {
		err = update(ctx, db, func(t *tx) error { return w.settle(ctx, t, c, pair, rows) })
	}
	if err == nil {
		err = errors.Join(view(ctx, c.db, c.storeRaft), w.heartbeat(ctx))
	}
	if err != nil {
		return fmt.Errorf("making a sandbox of rows: %w", err)
	}
	return w.save()
}

var statementBegins = regexp.MustCompile(`(?m)^(CREATE|INSERT|DELETE) `)

// sorted is a script of a database without its own transaction: the tables, then their rows, then what looks after
// them.
func sorted(script string) string {
	var parts [3][]string
	places := append(statementBegins.FindAllStringIndex(script, -1), []int{len(script)})
	for i, at := range places[:len(places)-1] {
		statement := strings.TrimSuffix(strings.TrimSpace(script[at[0]:places[i+1][0]]), "COMMIT;")
		switch {
		case strings.HasPrefix(statement, "CREATE TABLE"):
			parts[0] = append(parts[0], statement)
		case strings.HasPrefix(statement, "CREATE"):
			parts[2] = append(parts[2], statement)
		default:
			parts[1] = append(parts[1], statement)
		}
	}
	return strings.Join(slices.Concat(parts[0], parts[1], parts[2]), "\n")
}

// settle gives every member its server, and the Raft group its members.
func (w *World) settle(ctx context.Context, t *tx, c *cluster, pair *keyPair, rows Rows) error {
	for _, row := range t.rows("SELECT id,name,address FROM nodes WHERE state<>? ORDER BY id", stateMemberPending) {
		id, name, address := t.int(row[0]), row[1], row[2]
		role, given := raftRole(rows.Roles[name])
		if !given && len(rows.Roles) == 0 && len(c.raft) > 0 {
			role = c.firstRole(t.limits())
		}
		if given || len(rows.Roles) == 0 {
			c.raft = append(c.raft, wire.Node{ID: uint64(id), Address: address, Role: role})
		}
		if c.leader == 0 && role == wire.Voter || name == rows.Leader {
			c.leader = uint64(id)
		}
		m := w.labelled(name)
		if m == nil {
			continue
		}
		if err := m.enlist(ctx, t, c, pair, id, address, rows.Config[name]); err != nil {
			return err
		}
	}
	return t.err
}

func raftRole(role schema.RaftRole) (wire.Role, bool) {
	r, given := map[schema.RaftRole]wire.Role{schema.Voter: wire.Voter, schema.StandBy: wire.StandBy,
		schema.Spare: wire.Spare}[role]
	return r, given
}

// enlist makes the server the member with that row.
func (m *member) enlist(ctx context.Context, t *tx, c *cluster, pair *keyPair, id int64, address string,
	config map[string]string) error {
	for _, row := range t.rows("SELECT id FROM "+t.trusted()+" WHERE name=? AND type=?", m.Label, certServer) {
		t.do("distrust", "id", row[0])
	}
	t.addCertificate(m.serverPair.fingerprint(), certServer, m.Label, string(m.serverPair.certPEM))
	old := m.cluster
	m.cluster, m.NodeID, m.ServerName, m.clusterPair = c, id, m.Label, pair
	own := map[string]string{"core.https_address": address, "cluster.https_address": address}
	return errors.Join(pair.write(m.dir, "cluster"), m.setLocal(ctx, overlay(own, config)), m.world.dropDatabase(old))
}
