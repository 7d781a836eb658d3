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
				" SELECT i, 'name-' || i AS name FROM c WHERE i <= "+fmt.Sprint(n))
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
	m.write(t, "CREATE TABLE v (i INTEGER, s TEXT, n TEXT, at DATETIME, nat DATETIME)",
		"INSERT INTO v VALUES (-9223372036854775808, 'grüß'' \U0001F600', NULL, '2026-11-23 07:30:00.123456789-01:00', NULL)")
	var i int64
	var s string
	var n sql.NullString
	var at time.Time
	var nat sql.NullTime
	err := m.sql(t, "db.bin").QueryRowContext(t.Context(), "SELECT * FROM v").Scan(&i, &s, &n, &at, &nat)
	if err != nil {
		t.Fatal(err)
	}
	wantAt := time.Date(2026, 11, 23, 7, 30, 0, 123456789, time.FixedZone("", -3600))
	got := []any{i, s, n.Valid, at.Equal(wantAt), nat.Valid}
	want := []any{int64(-1 << 63), "grüß' \U0001F600", false, true, false}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestLargeTextsPass(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	want := strings.Repeat("0123456789abcde", 1<<16)
	m.write(t, "CREATE TABLE b (data TEXT)", "INSERT INTO b VALUES ('"+want+"')")
	var got string
	err := m.sql(t, "db.bin").QueryRowContext(t.Context(), "SELECT data FROM b").Scan(&got)
	if err != nil || got != want {
		t.Errorf("got %d bytes and error %v, want the same %d bytes", len(got), err, len(want))
	}
}

func TestFailuresHaveSQLitesCodeAndText(t *testing.T) {
	t.Parallel()
	db := newMember(t).sql(t, "db.bin")
	for query, want := range map[string]dqlite.Error{
		"SELECT * FROM missing": {Code: 1, Message: "no such table: missing"},
		"SELEC 1":               {Code: 1, Message: `near "SELEC": syntax error`},
	} {
		_, err := db.QueryContext(t.Context(), query)
		var got dqlite.Error
		if !errors.As(err, &got) || got != want {
			t.Errorf("%s: got error %#v, want %#v", query, err, want)
		}
	}
}

func TestConnectionsAreIndependent(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	m.write(t, "CREATE TABLE c (id INTEGER PRIMARY KEY)", "INSERT INTO c VALUES (1), (2), (3)")
	db := m.sql(t, "db.bin")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				var n int
				if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM c").Scan(&n); err != nil || n != 3 {
					t.Errorf("got %d rows and error %v, want 3", n, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestTextEndsAtAZeroByte(t *testing.T) {
	t.Parallel()
	var a, b string
	err := newMember(t).sql(t, "db.bin").QueryRowContext(t.Context(), "SELECT 'ab' || char(0) || 'cd', 'next'").Scan(&a, &b)
	if err != nil || a != "ab" || b != "next" {
		t.Errorf("got %q, %q and error %v, want ab and next", a, b, err)
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
	_, err := db.QueryContext(t.Context(), "SELECT 1")
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
	_, err := db.QueryContext(ctx, "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) FROM c")
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
