package wire_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	dqlite "github.com/canonical/go-dqlite/driver"
	"github.com/google/go-cmp/cmp"
)

func TestRowsOfEveryNumberArrive(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	db := m.sql(t, "db.bin")
	for _, n := range []int{0, 1, 60, 10000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			rows, err := db.QueryContext(t.Context(), "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c LIMIT 10000)"+
				" SELECT i, 'name-' || i AS name FROM c WHERE i <= ?", n)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			names, err := rows.Columns()
			if diff := cmp.Diff([]string{"i", "name"}, names); diff != "" || err != nil {
				t.Errorf("columns (-want +got), error %v:\n%s", err, diff)
			}
			got := 0
			for rows.Next() {
				got++
				var i int
				var name string
				if err := rows.Scan(&i, &name); err != nil || i != got || name != fmt.Sprint("name-", got) {
					t.Fatalf("row %d is %d %q, error %v", got, i, name, err)
				}
			}
			if err := rows.Err(); err != nil || got != n {
				t.Errorf("got %d rows and error %v, want %d", got, err, n)
			}
		})
	}
}

func TestValuesKeepTheirTypes(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	m.write(t, "CREATE TABLE v (i INTEGER, f REAL, s TEXT, b BLOB, n TEXT, at DATETIME, nat DATETIME, sec TIMESTAMP, yes BOOLEAN, bare)")
	db := m.sql(t, "db.bin")
	at := time.Date(2026, 11, 23, 7, 30, 0, 123456789, time.FixedZone("", -3600))
	_, err := db.ExecContext(t.Context(), "INSERT INTO v VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		int64(-1<<63), 0.5, "grüß' \U0001F600", []byte{0, 1, 255}, nil, at, nil, int64(1763883000), true, []byte{})
	if err != nil {
		t.Fatal(err)
	}
	var i int64
	var f float64
	var s string
	var b, bare []byte
	var n sql.NullString
	var gotAt, sec time.Time
	var nat sql.NullTime
	var yes bool
	if err := db.QueryRowContext(t.Context(), "SELECT * FROM v").Scan(&i, &f, &s, &b, &n, &gotAt, &nat, &sec, &yes, &bare); err != nil {
		t.Fatal(err)
	}
	got := []any{i, f, s, b, n.Valid, gotAt.Equal(at), nat.Valid, sec.Unix(), yes, len(bare)}
	want := []any{int64(-1 << 63), 0.5, "grüß' \U0001F600", []byte{0, 1, 255}, false, true, false, int64(1763883000), true, 0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestTextEndsAtAZeroByte(t *testing.T) {
	t.Parallel()
	var a, b string
	err := newMember(t).sql(t, "db.bin").QueryRowContext(t.Context(), "SELECT 'ab' || char(0) || 'cd', 'next'").Scan(&a, &b)
	if err != nil || a != "ab" || b != "next" {
		t.Errorf("got %q, %q and error %v, want ab and next", a, b, err)
	}
}

func TestLargeBlobsPass(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	m.write(t, "CREATE TABLE b (data BLOB)")
	db := m.sql(t, "db.bin")
	want := strings.Repeat("0123456789abcde", 1<<19)
	if _, err := db.ExecContext(t.Context(), "INSERT INTO b VALUES (?)", []byte(want)); err != nil {
		t.Fatal(err)
	}
	var got []byte
	if err := db.QueryRowContext(t.Context(), "SELECT data FROM b").Scan(&got); err != nil || string(got) != want {
		t.Errorf("got %d bytes and error %v, want the same %d bytes", len(got), err, len(want))
	}
}

func TestManyParametersPass(t *testing.T) {
	t.Parallel()
	args := make([]any, 1000)
	for i := range args {
		args[i] = int64(i)
	}
	query := "SELECT " + strings.Repeat("? + ", len(args)-1) + "?"
	var sum int
	err := newMember(t).sql(t, "db.bin").QueryRowContext(t.Context(), query, args...).Scan(&sum)
	if err != nil || sum != 499500 {
		t.Errorf("got %d and error %v, want 499500", sum, err)
	}
}

func TestPreparedStatementsAreKept(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	m.write(t, "CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT)")
	db := m.sql(t, "db.bin")
	insert, err := db.PrepareContext(t.Context(), "INSERT INTO p (name) VALUES (?) -- no ? here")
	if err != nil {
		t.Fatal(err)
	}
	for i := range int64(3) {
		result, err := insert.ExecContext(t.Context(), "x")
		if err != nil {
			t.Fatal(err)
		}
		last, _ := result.LastInsertId()
		if affected, _ := result.RowsAffected(); last != i+1 || affected != 1 {
			t.Errorf("got id %d and %d rows, want id %d and 1 row", last, affected, i+1)
		}
	}
	if _, err := insert.ExecContext(t.Context(), 1, 2); err == nil || err.Error() != "sql: expected 1 arguments, got 2" {
		t.Errorf("got error %v, want that one argument is expected", err)
	}
	if err := insert.Close(); err != nil {
		t.Error(err)
	}
	count, err := db.PrepareContext(t.Context(), "SELECT count(*) FROM p WHERE name = ?")
	if err != nil {
		t.Fatal(err)
	}
	defer count.Close()
	var n int
	if err := count.QueryRowContext(t.Context(), "x").Scan(&n); err != nil || n != 3 {
		t.Errorf("got %d rows and error %v, want 3", n, err)
	}
}

func TestTransactionsAreSnapshots(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	m.write(t, "CREATE TABLE s (id INTEGER PRIMARY KEY)")
	db := m.sql(t, "db.bin")
	count := func(q interface {
		QueryRowContext(context.Context, string, ...any) *sql.Row
	}) (n int) {
		t.Helper()
		if err := q.QueryRowContext(t.Context(), "SELECT count(*) FROM s").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	reader, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	before := count(reader)
	writer, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := writer.ExecContext(t.Context(), "INSERT INTO s DEFAULT VALUES"); err != nil {
		t.Fatal(err)
	}
	uncommitted := count(db)
	if err := writer.Commit(); err != nil {
		t.Fatal(err)
	}
	got := []int{before, uncommitted, count(reader), count(db)}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{0, 0, 0, 1}, got); diff != "" {
		t.Errorf("rows before, uncommitted, in the snapshot, after (-want +got):\n%s", diff)
	}
}

func TestGoneClientRollsBack(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	m.write(t, "CREATE TABLE g (id INTEGER PRIMARY KEY)")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	pool := m.sql(t, "db.bin")
	conn, err := pool.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"BEGIN", "INSERT INTO g DEFAULT VALUES"} {
		if _, err := conn.ExecContext(ctx, query); err != nil {
			t.Fatal(err)
		}
	}
	pool.SetMaxIdleConns(0)
	conn.Close()
	pool.Close()
	if err := <-m.served; err != nil {
		t.Errorf("Serve returned %v, want nil", err)
	}
	var n int
	if err := m.sql(t, "db.bin").QueryRowContext(t.Context(), "SELECT count(*) FROM g").Scan(&n); err != nil || n != 0 {
		t.Errorf("got %d rows and error %v, want none", n, err)
	}
}

func TestFailuresHaveSQLitesCodeAndText(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	m.write(t, "CREATE TABLE u (name TEXT UNIQUE)", "INSERT INTO u VALUES ('a')")
	db := m.sql(t, "db.bin")
	for query, want := range map[string]dqlite.Error{
		"INSERT INTO u VALUES ('a')":     {Code: 2067, Message: "UNIQUE constraint failed: u.name"},
		"INSERT INTO missing VALUES (1)": {Code: 1, Message: "no such table: missing"},
		"SELEC 1":                        {Code: 1, Message: `near "SELEC": syntax error`},
	} {
		_, err := db.ExecContext(t.Context(), query)
		var got dqlite.Error
		if !errors.As(err, &got) || got != want {
			t.Errorf("%s: got error %#v, want %#v", query, err, want)
		}
	}
	var got dqlite.Error
	_, err := db.QueryContext(t.Context(), "SELECT 1; SELECT 2")
	if want := (dqlite.Error{Code: 1, Message: "nonempty statement tail"}); !errors.As(err, &got) || got != want {
		t.Errorf("two statements: got error %v, want %v", err, want)
	}
}

func TestWriterWaitsForNobodyWhenAskedNotTo(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	m.write(t, "CREATE TABLE w (id INTEGER PRIMARY KEY)")
	conn, err := m.sql(t, "db.bin").Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "PRAGMA busy_timeout = 0"); err != nil {
		t.Fatal(err)
	}
	err = m.db.Update(t.Context(), func(*sql.Tx) error {
		_, err := conn.ExecContext(t.Context(), "INSERT INTO w DEFAULT VALUES")
		return err
	})
	var got dqlite.Error
	if want := (dqlite.Error{Code: dqlite.ErrBusy, Message: "database is locked"}); !errors.As(err, &got) || got != want {
		t.Errorf("got error %v, want %v", err, want)
	}
}

func TestScriptsRunWhole(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	db := m.sql(t, "db.bin")
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE a (i); INSERT INTO a VALUES (1); INSERT INTO a VALUES (2);"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), " ; -- nothing"); err != nil {
		t.Error(err)
	}
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM a").Scan(&n); err != nil || n != 2 {
		t.Errorf("got %d rows and error %v, want 2", n, err)
	}
}

func TestLostLeadershipFailsEveryStatement(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	db := m.sql(t, "db.bin")
	if err := db.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	m.follow()
	_, err := db.ExecContext(t.Context(), "CREATE TABLE a (i)")
	if !errors.Is(err, dqlite.ErrNoAvailableLeader) {
		t.Errorf("got error %v, want %v", err, dqlite.ErrNoAvailableLeader)
	}
}

func TestUnknownDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	err := newMember(t).sql(t, "other.bin").PingContext(t.Context())
	if err == nil || !strings.Contains(err.Error(), "database does not exists") {
		t.Errorf("got error %v, want the handler's", err)
	}
}

func TestRowsCanBeLeftEarly(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	db := m.sql(t, "db.bin")
	db.SetMaxOpenConns(1)
	for range 3 {
		rows, err := db.QueryContext(t.Context(), "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT i FROM c")
		if err != nil {
			t.Fatal(err)
		}
		for range 5000 {
			if !rows.Next() {
				t.Fatal(rows.Err())
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(m.served); n != 0 {
		t.Errorf("%d connections ended, want that the first is still in use", n)
	}
}

func TestCancelledClientInterruptsItsStatement(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	db := m.sql(t, "db.bin")
	db.SetMaxIdleConns(0)
	_, err := db.ExecContext(ctx, "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) FROM c")
	if err == nil {
		t.Error("an endless statement ended")
	}
	select {
	case err := <-m.served:
		if err != nil {
			t.Errorf("Serve returned %v, want nil", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the statement of a client that is gone still runs")
	}
}

func TestConnectionsAreIndependent(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	m.write(t, "CREATE TABLE c (id INTEGER PRIMARY KEY, worker INTEGER)")
	db := m.sql(t, "db.bin")
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for range 10 {
				if _, err := db.ExecContext(t.Context(), "INSERT INTO c (worker) VALUES (?)", worker); err != nil {
					t.Error(err)
				}
				var n int
				if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM c WHERE worker = ?", worker).Scan(&n); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM c").Scan(&n); err != nil || n != 80 {
		t.Errorf("got %d rows and error %v, want 80", n, err)
	}
}
