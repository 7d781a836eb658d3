package wire_test

import "testing"

// fill makes a table of 100,000 rows, as many as a very large cluster has in one table.
func fill(b *testing.B) *member {
	m := newMember(b)
	m.write(b, "CREATE TABLE c (id INTEGER PRIMARY KEY, owner INTEGER, key TEXT, value TEXT)",
		"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000)"+
			" INSERT INTO c SELECT i, i / 10, 'user.key-' || i % 10, 'value-' || i FROM n")
	return m
}

// BenchmarkQuery100000 reads the rows through go-dqlite's driver.
func BenchmarkQuery100000(b *testing.B) {
	m := fill(b)
	db := m.sql(b, "db.bin")
	b.ReportAllocs()
	for b.Loop() {
		rows, err := db.QueryContext(b.Context(), "SELECT id, owner, key, value FROM c")
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for rows.Next() {
			var id, owner int64
			var key, value string
			if err := rows.Scan(&id, &owner, &key, &value); err != nil {
				b.Fatal(err)
			}
			n++
		}
		if err := rows.Err(); err != nil || n != 100000 {
			b.Fatalf("got %d rows and error %v, want 100000", n, err)
		}
	}
}
