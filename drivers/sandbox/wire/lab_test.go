//go:build e2e && linux

package wire_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/canonical/go-dqlite/client"
	dqlite "github.com/canonical/go-dqlite/driver"
	"github.com/google/go-cmp/cmp"

	"clusterctl/drivers/lab"
	"clusterctl/drivers/lab/labtest"
	"clusterctl/drivers/sandbox/layout"
)

// conversation is what both members are asked, in order, on one connection. The words before the colon say how.
var conversation = []string{
	"query: SELECT 1, 'a', NULL, 'ab' || char(0) || 'c'",
	"query: SELECT id, name, description, address, schema, state, arch, failure_domain_id FROM nodes WHERE id > 1",
	"types: SELECT updated_at FROM schema",
	"types: SELECT heartbeat, heartbeat || '', max(heartbeat) FROM nodes",
	"query: SELECT expiry_date FROM images",
	"query: WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c LIMIT 3000) SELECT count(i), sum(i) FROM c",
	"query: WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c LIMIT 3000) SELECT i, 'name-' || i FROM c",
	"query: SELEC 1",
	"query: SELECT * FROM missing",
	"query: SELECT * FROM nodes_failure_domains",
}

// TestBothWorlds has a cluster of one, with the dqlite of LXD 5.0.2, beside this package.
func TestBothWorlds(t *testing.T) {
	t.Parallel()
	l := labtest.Start(t, lab.Config{Members: 1})
	labtest.Form(t, l.Members, "")
	daemon := l.Members[0]
	m := newMember(t)
	if err := m.db.Update(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), layout.Servers()[0].Tables)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	want := converse(t, address(daemon), labDial(daemon))
	got := converse(t, m.address, dial)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the worlds differ (-daemon +ours):\n%s", diff)
	}
}

func converse(t *testing.T, address string, dial client.DialFunc) []string {
	t.Helper()
	store := client.NewInmemNodeStore()
	if err := store.Set(t.Context(), []client.NodeInfo{{ID: 1, Address: address}}); err != nil {
		t.Fatal(err)
	}
	d, err := dqlite.New(store, dqlite.WithDialFunc(dial), dqlite.WithLogFunc(quiet), dqlite.WithRetryLimit(1))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := connector{d, "db.bin"}.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var heard []string
	for _, line := range conversation {
		how, query, _ := strings.Cut(line, ": ")
		heard = append(heard, line+" => "+say(t.Context(), conn.(*dqlite.Conn), how, query))
	}
	return heard
}

// say runs one statement and returns what came back in words.
func say(ctx context.Context, conn *dqlite.Conn, how, query string) string {
	rows, err := conn.QueryContext(ctx, query, nil)
	if err != nil {
		return problem(err)
	}
	defer rows.Close()
	heard := []string{strings.Join(rows.Columns(), ",")}
	values := make([]driver.Value, len(rows.Columns()))
	for {
		if err := rows.Next(values); err != nil {
			if !errors.Is(err, io.EOF) {
				heard = append(heard, problem(err))
			}
			return strings.Join(heard, "\n")
		}
		var row []string
		for _, v := range values {
			if how == "types" {
				v = onlyType(v)
			}
			row = append(row, fmt.Sprintf("%T %v", v, v))
		}
		heard = append(heard, strings.Join(row, ", "))
	}
}

// onlyType hides a value that differs from daemon to daemon and keeps its type.
func onlyType(v driver.Value) driver.Value { return fmt.Sprintf("%T", v) }

func problem(err error) string {
	var e dqlite.Error
	if errors.As(err, &e) {
		return fmt.Sprintf("failure %d %s", e.Code, e.Message)
	}
	return "error " + err.Error()
}

func address(daemon *lab.Member) string { return daemon.Address + ":8443" }

// labDial reaches the daemon's database the way members do. It trusts whoever answers: a laboratory.
func labDial(daemon *lab.Member) client.DialFunc {
	return func(ctx context.Context, address string) (net.Conn, error) {
		cert, err := tls.LoadX509KeyPair(filepath.Join(daemon.StateDir, "server.crt"),
			filepath.Join(daemon.StateDir, "server.key"))
		if err != nil {
			return nil, err
		}
		d := tls.Dialer{Config: &tls.Config{Certificates: []tls.Certificate{cert}, InsecureSkipVerify: true}}
		conn, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+address+"/internal/database", nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Upgrade", "dqlite")
		req.Header.Set("X-Dqlite-Version", "1")
		if err := req.Write(conn); err != nil {
			return nil, err
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), req)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close() // it is empty; the connection goes on
		if resp.StatusCode != http.StatusSwitchingProtocols {
			return nil, fmt.Errorf("upgrading: %s", resp.Status)
		}
		return conn, nil
	}
}
