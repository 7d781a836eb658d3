package wire_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/canonical/go-dqlite/client"
	"github.com/google/go-cmp/cmp"

	"clusterctl/drivers/internal/memdb"
	"clusterctl/drivers/sandbox/wire"
)

func TestClientFindsTheLeader(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	store := client.NewInmemNodeStore()
	if err := store.Set(t.Context(), []client.NodeInfo{{Address: m.address}}); err != nil {
		t.Fatal(err)
	}
	c, err := client.FindLeader(t.Context(), store, client.WithDialFunc(dial), client.WithLogFunc(quiet))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	leader, err := c.Leader(t.Context())
	if err != nil || leader.ID != 1 || leader.Address != m.address {
		t.Errorf("got leader %+v and error %v, want 1 at %s", leader, err, m.address)
	}
}

func TestFollowerKnowsNoLeader(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	m.follow()
	leader, err := m.client(t).Leader(t.Context())
	if err != nil || leader.ID != 0 || leader.Address != "" {
		t.Errorf("got leader %+v and error %v, want none", leader, err)
	}
}

func TestClusterListsTheConfiguration(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	got, err := m.client(t).Cluster(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []client.NodeInfo{{ID: 1, Address: m.address, Role: client.Voter}, {ID: 2, Address: "m2:8443", Role: client.StandBy},
		{ID: 7, Address: "m3:8443", Role: client.Spare}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

func TestDescribeTellsTheMetadata(t *testing.T) {
	t.Parallel()
	got, err := newMember(t).client(t).Describe(t.Context())
	if err != nil || *got != (client.NodeMetadata{FailureDomain: 3, Weight: 4}) {
		t.Errorf("got %+v and error %v, want failure domain 3 and weight 4", got, err)
	}
}

func TestChangesReachTheHandler(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	c := m.client(t)
	for _, err := range []error{
		c.Add(t.Context(), client.NodeInfo{ID: 9, Address: "m9:8443", Role: client.StandBy}),
		c.Transfer(t.Context(), 2), c.Weight(t.Context(), 5),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	want := []wire.Change{{Kind: wire.AddNode, ID: 9, Address: "m9:8443"}, {Kind: wire.AssignRole, ID: 9, Role: wire.StandBy},
		{Kind: wire.TransferLeadership, ID: 2}, {Kind: wire.SetWeight, Weight: 5}}
	if diff := cmp.Diff(want, m.changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if err := c.Remove(t.Context(), 2); err == nil || err.Error() != "not in the sandbox (1)" {
		t.Errorf("got error %v, want the handler's", err)
	}
}

func TestFollowerRefusesChanges(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	m.follow()
	if err := m.client(t).Assign(t.Context(), 2, client.Voter); err == nil || err.Error() != "not leader (10250)" {
		t.Errorf("got error %v, want not leader (10250)", err)
	}
}

// readDump writes the files where SQLite finds them and returns the names of the rows in table t.
func readDump(t *testing.T, files []client.File) []string {
	t.Helper()
	folder := t.TempDir()
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(folder, f.Name), f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, err := memdb.Open(t.Context(), filepath.Join(folder, files[0].Name))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var names []string
	err = db.View(t.Context(), func(tx *sql.Tx) error {
		var check string
		if err := tx.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&check); err != nil || check != "ok" {
			t.Errorf("integrity check: %q, error %v", check, err)
		}
		rows, err := tx.QueryContext(t.Context(), "SELECT name FROM t ORDER BY id")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			names = append(names, name)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestDumpIsADatabase(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	m.write(t, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)", "INSERT INTO t (name) VALUES ('a'), ('b')",
		"CREATE TABLE large (data BLOB)", "INSERT INTO large VALUES (randomblob(100000))")
	files, err := m.client(t).Dump(t.Context(), "db.bin")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 2 || files[0].Name != "db.bin" || files[1].Name != "db.bin-wal" || len(files[0].Data) != 4096 {
		t.Fatalf("got %d files, want a page of db.bin and db.bin-wal", len(files))
	}
	if diff := cmp.Diff([]string{"a", "b"}, readDump(t, files)); diff != "" {
		t.Errorf("rows of the dump (-want +got):\n%s", diff)
	}
}

func TestDumpWithoutItsLogHasNoTables(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	m.write(t, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)")
	files, err := m.client(t).Dump(t.Context(), "db.bin")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "db.bin")
	if err := os.WriteFile(path, files[0].Data, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := memdb.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tables := -1
	err = db.View(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRowContext(t.Context(), "SELECT count(*) FROM sqlite_master").Scan(&tables)
	})
	if err != nil || tables != 0 {
		t.Errorf("got %d tables and error %v, want an empty database", tables, err)
	}
}

func TestDumpOfAnotherDatabaseIsEmpty(t *testing.T) {
	t.Parallel()
	got, err := newMember(t).client(t).Dump(t.Context(), "other.bin")
	want := []client.File{{Name: "other.bin", Data: []byte{}}, {Name: "other.bin-wal", Data: []byte{}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, files (-want +got):\n%s", err, diff)
	}
}

func TestDumpNeedsAnImage(t *testing.T) {
	t.Parallel()
	_, err := wire.Dump("db.bin", []byte("no database"))
	if want := "dumping db.bin: an image of 11 bytes has no pages of 4096 bytes"; err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	here, there := newPipe(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- wire.Serve(ctx, there, m) }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if _, err := here.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is still open")
	}
}
