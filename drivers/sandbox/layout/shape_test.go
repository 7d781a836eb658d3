package layout_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/drivers/internal/memdb"
	"clusterctl/drivers/sandbox/layout"
)

// shapeQueries describe a database line by line. They contain no semicolon and begin with SELECT, so that
// LXD's /internal/sql runs them too.
var shapeQueries = []string{
	`SELECT type || ' ' || name FROM sqlite_master WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!'`,
	`SELECT 'column ' || m.name || '.' || c.cid || ' ' || c.name || ' ' || upper(c.type) || CASE c."notnull" WHEN 1 THEN ' not null' ELSE '' END
	   || CASE c.pk WHEN 0 THEN '' ELSE ' key' END || ifnull(' default ' || replace(c.dflt_value, '"', ''''), '')
	 FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!'`,
	`SELECT 'column ' || m.name || '.' || c.cid || ' ' || c.name
	 FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'view'`,
	`SELECT 'reference ' || m.name || '.' || f."from" || ' to ' || f."table" || '.' || f."to" || ' on delete ' || lower(f.on_delete)
	 FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'`,
	`SELECT 'unique ' || m.name || ' (' || (SELECT group_concat(ifnull(i.name, 'expression'), ', ') FROM pragma_index_info(l.name) i) || ')'
	 FROM sqlite_master m JOIN pragma_index_list(m.name) l WHERE m.type = 'table' AND l."unique" = 1`,
}

// create returns a database made by the statements.
func create(t *testing.T, statements string) *memdb.DB {
	t.Helper()
	db, err := memdb.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := write(t.Context(), db, statements); err != nil {
		t.Fatal(err)
	}
	return db
}

// column returns the first column of a query's rows.
func column(t *testing.T, db *memdb.DB, query string) []string {
	t.Helper()
	var lines []string
	err := db.View(t.Context(), func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(t.Context(), query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				return err
			}
			lines = append(lines, line)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// shape returns the sorted lines of all queries.
func shape(query func(string) []string) []string {
	var lines []string
	for _, q := range shapeQueries {
		lines = append(lines, query(q)...)
	}
	slices.Sort(lines)
	return lines
}

// databases are the two layouts and the files with the shape that a real daemon of LXD 5.0.2 showed.
var databases = []struct {
	name, golden, statements string
}{
	{"global", "schema60.txt", layout.Servers()[0].Tables},
	{"local", "schema42.txt", layout.Servers()[0].Local},
}

func TestLayoutHasTheShapeOfTheDaemons(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(filepath.Join("testdata", d.golden))
			if err != nil {
				t.Fatal(err)
			}
			db := create(t, d.statements)
			got := shape(func(q string) []string { return column(t, db, q) })
			if diff := cmp.Diff(strings.Split(strings.TrimSpace(string(want)), "\n"), got); diff != "" {
				t.Errorf("the layout is not the daemon's (-daemon +ours):\n%s", diff)
			}
		})
	}
}
