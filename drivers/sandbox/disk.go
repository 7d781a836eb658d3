package sandbox

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"clusterctl/drivers/internal/raftlog"
	"clusterctl/drivers/sandbox/sshd"
	"clusterctl/drivers/sandbox/wire"
)

// disk are the files of the member's copy of the database, as dqlite has them: a snapshot of all that the cluster
// knows. How far it goes is the member's own.
func (m *member) disk(ctx context.Context) ([]raftlog.File, error) {
	image, err := m.cluster.db.Image(ctx)
	if err != nil {
		return nil, err
	}
	return raftlog.Snapshot(raftlog.Position{Term: 1, Index: uint64(m.segment)}, image), nil
}

// listDisk prints sizes and names.
func (m *member) listDisk(ctx context.Context, c sshd.Command) error {
	files, err := m.disk(ctx)
	for _, f := range files {
		fmt.Fprintln(c.Stdout, f.Size, f.Name)
	}
	return err
}

// readDisk prints the files as an archive, whichever are asked for.
func (m *member) readDisk(ctx context.Context, c sshd.Command) error {
	return m.packDisk(ctx, c.Stdout)
}

func (m *member) packDisk(ctx context.Context, w io.Writer) error {
	files, err := m.disk(ctx)
	if err != nil {
		return err
	}
	packed := gzip.NewWriter(w)
	out := tar.NewWriter(packed)
	for _, f := range files {
		err = errors.Join(err, out.WriteHeader(&tar.Header{Name: f.Name, Mode: 0o600, Size: f.Size}))
		_, failure := out.Write(f.Data)
		err = errors.Join(err, failure)
	}
	return errors.Join(err, out.Close(), packed.Close())
}

var archiveName = regexp.MustCompile(`[^ ']+\.tar\.gz`)

// archive writes them to a file of the name that the command gives, in the member's folder, with its checksum beside
// it.
func (m *member) archive(ctx context.Context, c sshd.Command) error {
	var data bytes.Buffer
	if err := m.packDisk(ctx, &data); err != nil {
		return err
	}
	name := filepath.Base(archiveName.FindString(c.Line))
	sum := fmt.Sprintf("%x  %s\n", sha256.Sum256(data.Bytes()), name)
	fmt.Fprint(c.Stdout, sum)
	return errors.Join(os.WriteFile(filepath.Join(m.dir, name), data.Bytes(), 0o600),
		os.WriteFile(filepath.Join(m.dir, name+".sha256"), []byte(sum), 0o600))
}

// replaceDisk takes over the survivor's copy: the member goes as far, and knows the same voters.
func (m *member) replaceDisk(ctx context.Context, _ sshd.Command) error {
	for _, n := range m.cluster.raft {
		if other := m.cluster.member(int64(n.ID)); other != nil {
			m.segment = other.segment
		}
	}
	return nil
}

var distrust = regexp.MustCompile(`DELETE FROM certificates WHERE type = 2 AND name IN \([^)]*\);`)

// patchDisk carries out at once what a daemon would when it starts.
func (m *member) patchDisk(ctx context.Context, c sshd.Command) error {
	line := c.Line
	for range 2 { // it is quoted for the shell, in a text that is
		line = strings.ReplaceAll(line, `'\''`, "'")
	}
	statement := distrust.FindString(line)
	if statement == "" {
		return errors.New("no statement is given that pretended servers know")
	}
	return update(ctx, m.cluster.db, func(t *tx) error {
		t.exec(statement)
		return nil
	})
}

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
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		http.Error(w, "Webserver doesn't support hijacking", http.StatusInternalServerError)
		return
	}
	conn, buffered, err := hijacker.Hijack()
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

var _ wire.Handler = database{}

// Leader implements wire.Handler. Only voters know the leader.
func (d database) Leader(context.Context) (uint64, string, error) {
	d.member.world.mu.Lock()
	defer d.member.world.mu.Unlock()
	leader, ok := d.member.cluster.leading()
	if role, in := d.member.cluster.role(d.member.id); !in || role != wire.Voter || !ok {
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
	if !cl.clustered || cl.leader != uint64(d.member.id) || !d.member.up {
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
