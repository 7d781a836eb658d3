package memdb_test

import (
	"os"
	"testing"

	"clusterctl/drivers/internal/memdb"
)

// TestTemporaryHasNoName writes more than fits into memory.
func TestTemporaryHasNoName(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	t.Setenv("TMP", folder)
	t.Chdir(folder)
	db, err := memdb.Temporary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE a AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 100000) SELECT i FROM n"); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM (SELECT DISTINCT i FROM a ORDER BY -i)").Scan(&n); err != nil || n != 100_000 {
		t.Errorf("got %d rows and error %v, want 100000", n, err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("found %v (error %v), want nothing", left, err)
	}
}
