package memdb_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"clusterctl/drivers/internal/memdb"
)

// open returns an empty database with the tables parent and child.
func open(t *testing.T, path string) *memdb.DB {
	t.Helper()
	db, err := memdb.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	mustExec(t, db, "CREATE TABLE IF NOT EXISTS parent (id INTEGER PRIMARY KEY, name TEXT UNIQUE, at DATETIME)")
	mustExec(t, db, "CREATE TABLE IF NOT EXISTS child (parent_id INTEGER REFERENCES parent (id) ON DELETE CASCADE)")
	return db
}

func exec(ctx context.Context, db *memdb.DB, query string, args ...any) error {
	return db.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	})
}

func mustExec(t *testing.T, db *memdb.DB, query string, args ...any) {
	t.Helper()
	if err := exec(t.Context(), db, query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// count returns the number of rows of a table as one View sees it.
func count(t *testing.T, db *memdb.DB, table string) (n int) {
	t.Helper()
	err := db.View(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestViewIsASnapshotAndBlocksNoWriter(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	err := db.View(t.Context(), func(tx *sql.Tx) error {
		for range 2 {
			var n int
			if err := tx.QueryRowContext(t.Context(), "SELECT count(*) FROM parent").Scan(&n); err != nil {
				return err
			}
			if n != 0 {
				t.Errorf("the snapshot has %d rows, want 0", n)
			}
			mustExec(t, db, "INSERT INTO parent (name) VALUES (hex(randomblob(8)))")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, "parent"); n != 2 {
		t.Errorf("after the snapshot there are %d rows, want 2", n)
	}
}

func TestViewCannotWrite(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	err := db.View(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), "INSERT INTO parent (name) VALUES ('a')")
		return err
	})
	if code, text := memdb.Reason(err); code != 8 || text != "attempt to write a readonly database" {
		t.Errorf("got %d %q, want 8 and that the database is read-only", code, text)
	}
}

func TestFailedUpdateChangesNothing(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	boom := errors.New("boom")
	err := db.Update(t.Context(), func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(t.Context(), "INSERT INTO parent (name) VALUES ('a')"); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Errorf("got error %v, want boom", err)
	}
	if n := count(t, db, "parent"); n != 0 {
		t.Errorf("%d rows were kept, want none", n)
	}
}

func TestUpdateThatPanicsChangesNothingAndLetsOthersWrite(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was kept from the caller")
			}
		}()
		_ = db.Update(t.Context(), func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(t.Context(), "INSERT INTO parent (name) VALUES ('a')"); err != nil {
				t.Error(err)
			}
			panic("a mistake")
		})
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := exec(ctx, db, "INSERT INTO parent (name) VALUES ('b')"); err != nil {
		t.Fatalf("a write after the panic: %v", err)
	}
	if n := count(t, db, "parent"); n != 1 {
		t.Errorf("there are %d rows, want the one that was written after the panic", n)
	}
}

func TestDeletingAParentDeletesItsChildren(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	mustExec(t, db, "INSERT INTO parent (id) VALUES (1)")
	mustExec(t, db, "INSERT INTO child VALUES (1)")
	mustExec(t, db, "DELETE FROM parent")
	if n := count(t, db, "child"); n != 0 {
		t.Errorf("%d children are left, want none", n)
	}
}

func TestTimesAreWrittenAsLXDWritesThem(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	mustExec(t, db, "INSERT INTO parent (at) VALUES (?)", time.Date(2026, 11, 23, 7, 0, 0, 5000, time.FixedZone("", 3600)))
	var got string
	err := db.View(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRowContext(t.Context(), "SELECT CAST(at AS TEXT) FROM parent").Scan(&got)
	})
	if want := "2026-11-23 07:00:00.000005+01:00"; err != nil || got != want {
		t.Errorf("got %q and error %v, want %q", got, err, want)
	}
}

func TestTwoOpenersOfOneFileWaitForEachOther(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sub folder?", "state #1.db")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	first, second := open(t, path), open(t, path)
	var wg sync.WaitGroup
	for i, db := range []*memdb.DB{first, second, first, second} {
		wg.Go(func() {
			for j := range 25 {
				if err := exec(t.Context(), db, "INSERT INTO parent (name) VALUES (?)", fmt.Sprint(i, "-", j)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, db := range []*memdb.DB{first, second} {
		if n := count(t, db, "parent"); n != 100 {
			t.Errorf("got %d rows, want 100", n)
		}
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestImageIsAWholeDatabase(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	mustExec(t, db, "INSERT INTO parent (name) VALUES ('a')")
	image, err := db.Image(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, image, 0o600); err != nil {
		t.Fatal(err)
	}
	if n := count(t, open(t, path), "parent"); n != 1 {
		t.Errorf("the copy has %d rows, want 1", n)
	}
}

func TestReasonIsSQLitesOwn(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	mustExec(t, db, "INSERT INTO parent (name) VALUES ('a')")
	for name, c := range map[string]struct {
		err  error
		code int
		text string
	}{
		"unique":  {exec(t.Context(), db, "INSERT INTO parent (name) VALUES ('a')"), 2067, "UNIQUE constraint failed: parent.name"},
		"foreign": {exec(t.Context(), db, "INSERT INTO child VALUES (9)"), 787, "FOREIGN KEY constraint failed"},
		"table":   {exec(t.Context(), db, "INSERT INTO missing VALUES (9)"), 1, "no such table: missing"},
		"syntax":  {exec(t.Context(), db, "INSERT"), 1, "incomplete input"},
		"other":   {errors.New("a: b (5)"), 1, "a: b (5)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if code, text := memdb.Reason(c.err); code != c.code || text != c.text {
				t.Errorf("got %d %q, want %d %q", code, text, c.code, c.text)
			}
		})
	}
}

func TestBusyWriterFailsAtOnceWhenAskedTo(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	conn, err := db.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	run := func(query string) error {
		stmt, err := conn.Prepare(query)
		if err != nil {
			return err
		}
		_, err = stmt.(driver.StmtExecContext).ExecContext(t.Context(), nil)
		return errors.Join(err, stmt.Close())
	}
	err = db.Update(t.Context(), func(*sql.Tx) error {
		return errors.Join(run("PRAGMA busy_timeout = 0"), run("INSERT INTO parent (name) VALUES ('a')"))
	})
	if code, text := memdb.Reason(err); code != 5 || text != "database is locked" {
		t.Errorf("got %d %q, want 5 and that the database is locked", code, text)
	}
}

func TestTemporaryDatabaseLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	t.Setenv("TMP", folder)
	db, err := memdb.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, db, "CREATE TABLE a (b)")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("found %v (error %v), want nothing", left, err)
	}
}

func TestOpenSaysWhichFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "missing", "db")
	if _, err := memdb.Open(t.Context(), path); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("got error %v, want one that names %s", err, path)
	}
}
