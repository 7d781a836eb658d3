package memdb_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"

	"clusterctl/drivers/internal/memdb"
)

// TestStatementIsKept runs one statement twice, inside itself, after it failed, and after the table has changed.
func TestStatementIsKept(t *testing.T) {
	t.Parallel()
	db, err := memdb.Memory(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	const insert = "INSERT INTO a (id) VALUES (?)"
	err = db.Update(t.Context(), func(tx *sql.Tx) error {
		execIn(t, tx, "CREATE TABLE a (id INTEGER PRIMARY KEY)")
		for id := range 3 {
			execIn(t, tx, insert, id+1)
		}
		if _, err := tx.Exec(insert, 1); err == nil {
			t.Error("got no error for a row that is there")
		}
		execIn(t, tx, insert, 4)
		wantRows(t, tx, "[[1] [2] [3] [4]]", 1, func() { wantRows(t, tx, "[[3] [4]]", 3, func() {}) })
		execIn(t, tx, "ALTER TABLE a ADD COLUMN b TEXT DEFAULT 'x'")
		wantRows(t, tx, "[[3 x] [4 x]]", 3, func() {})
		ended, end := context.WithCancel(t.Context())
		end()
		if _, err := tx.ExecContext(ended, insert, 5); err == nil {
			t.Error("got no error after the context has ended")
		}
		execIn(t, tx, insert, 5)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func execIn(t *testing.T, tx *sql.Tx, query string, args ...any) {
	t.Helper()
	if _, err := tx.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// wantRows reads the rows from a number on, and does something after each of them.
func wantRows(t *testing.T, tx *sql.Tx, want string, from int, between func()) {
	t.Helper()
	rows, err := tx.Query("SELECT * FROM a WHERE id >= ? ORDER BY id", from)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for rows.Next() {
		row, into := make([]string, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		got = append(got, row)
		between()
	}
	if err := rows.Err(); err != nil || fmt.Sprint(got) != want {
		t.Errorf("got %v (error %v), want %s", got, err, want)
	}
}
