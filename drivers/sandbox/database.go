package sandbox

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"net"
	"net/http"

	"clusterctl/drivers/sandbox/wire"
)

// databaseName is the name of LXD's database inside dqlite.
const databaseName = "db.bin"

// refuseDatabase answers in plain text who may not come in or speaks another version; LXD does both before it looks
// at anything else.
func refuseDatabase(c *call, w http.ResponseWriter) bool {
	switch {
	case c.Header.Get("X-Dqlite-Version") != "1":
		http.Error(w, "426 dqlite version too old ", http.StatusUpgradeRequired)
	case c.trust < trustInternal:
		http.Error(w, "403 invalid client certificate", http.StatusForbidden)
	default:
		return false
	}
	return true
}

// databaseLeader says who leads.
func databaseLeader(c *call, w http.ResponseWriter) {
	if refuseDatabase(c, w) {
		return
	}
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	if !c.at.cluster.clustered {
		http.NotFound(w, c.Request)
		return
	}
	if leader, ok := c.at.cluster.leading(); ok {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"leader": leader.Address}) // the client went
		return
	}
	http.Error(w, "500 no elected leader", http.StatusInternalServerError)
}

// databaseServe turns the connection over to the dqlite protocol.
func databaseServe(c *call, w http.ResponseWriter) {
	if refuseDatabase(c, w) {
		return
	}
	if c.Header.Get("Upgrade") != "dqlite" {
		http.Error(w, "Missing or invalid upgrade header", http.StatusBadRequest)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if _, err := conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: dqlite\r\nConnection: Upgrade\r\n\r\n")); err != nil {
		_ = conn.Close() // the client went
		return
	}
	c.world.work.Go(func() {
		_ = wire.Serve(c.world.ctx, &bufferedConn{Conn: conn, reader: buffered},
			database{c.at}) // the client's mistakes are its own
	})
}

// bufferedConn reads first what the HTTP server had read already.
type bufferedConn struct {
	net.Conn
	reader interface{ Read([]byte) (int, error) }
}

// Read implements net.Conn.
func (b *bufferedConn) Read(p []byte) (int, error) { return b.reader.Read(p) }

// database is the member behind a dqlite connection.
type database struct{ member *member }

// Leader implements wire.Handler. Only voters know the leader.
func (d database) Leader(context.Context) (uint64, string, error) {
	d.member.world.mu.Lock()
	defer d.member.world.mu.Unlock()
	leader, ok := d.member.cluster.leading()
	if role, in := d.member.cluster.role(d.member.NodeID); !in || role != wire.Voter || !ok {
		return 0, "", nil
	}
	return leader.ID, leader.Address, nil
}

// CheckLeader implements wire.Handler.
func (d database) CheckLeader(context.Context) error {
	d.member.world.mu.Lock()
	defer d.member.world.mu.Unlock()
	cl := d.member.cluster
	cl.elect()
	if !cl.clustered || cl.leader != uint64(d.member.NodeID) || !d.member.up() {
		return wire.NotLeader()
	}
	return nil
}

// Nodes implements wire.Handler.
func (d database) Nodes(context.Context) ([]wire.Node, error) {
	d.member.world.mu.Lock()
	defer d.member.world.mu.Unlock()
	return append([]wire.Node(nil), d.member.cluster.raft...), nil
}

// Open implements wire.Handler.
func (d database) Open(ctx context.Context, name string) (driver.Conn, error) {
	d.member.world.mu.Lock()
	db := d.member.cluster.db
	d.member.world.mu.Unlock()
	if name != databaseName {
		return nil, &wire.Failure{Code: wire.CodeNotFound, Text: "the sandbox has only the database " + databaseName}
	}
	return db.Connect(ctx)
}
