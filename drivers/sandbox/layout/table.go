package layout

import (
	"fmt"
	"strings"
)

// table describes one table. Unless it is bare, its first column is the number "id" that SQLite gives and never
// gives again.
type table struct {
	name    string
	columns []column
	// unique has the sets of columns of which no two rows have the same values.
	unique []string
	// index has sets of columns too; these only make reading faster.
	index []string
	// oneOf is a named unique index over expressions, for columns that may be NULL: name, then columns.
	oneOf [2]string
	bare  bool
}

// column describes one column. The methods return changed copies.
type column struct {
	name     string
	kind     string
	optional bool
	fallback string
	check    string
	parent   string
	onDelete string
}

func number(name string) column  { return column{name: name, kind: "INTEGER"} }
func text(name string) column    { return column{name: name, kind: "TEXT"} }
func varchar(name string) column { return column{name: name, kind: "VARCHAR(255)"} }
func date(name string) column    { return column{name: name, kind: "DATETIME"} }

// of returns a column with the id of a row of the parent table, with which this row is deleted.
func of(name, parent string) column {
	c := number(name)
	c.parent, c.onDelete = parent, "CASCADE"
	return c
}

// flag returns a number that is zero unless somebody says otherwise.
func flag(name string) column { return number(name).or("0") }

func (c column) null() column              { c.optional = true; return c }
func (c column) or(fallback string) column { c.fallback = fallback; return c }

// configOf describes a table of keys and values that belong to the owner.
func configOf(name string, owner column) table {
	return table{
		name:    name,
		columns: []column{owner, text("key"), text("value").null()},
		unique:  []string{owner.name + ", key"},
	}
}

// memberConfigOf is configOf with an optional member: without one the value holds for the whole cluster.
// A unique constraint takes two NULLs for different, hence the index besides.
func memberConfigOf(name string, owner column, index string) table {
	return table{
		name:    name,
		columns: []column{owner, of("node_id", "nodes").null(), text("key"), text("value").null()},
		unique:  []string{owner.name + ", node_id, key"},
		oneOf:   [2]string{index, owner.name + ", ifnull(node_id, -1), key"},
	}
}

// devicesOf describes a table of devices that belong to the owner.
func devicesOf(name string, owner column) table {
	return table{
		name:    name,
		columns: []column{owner, text("name"), flag("type")},
		unique:  []string{owner.name + ", name"},
	}
}

// statements returns what creates the table and its indexes.
func (t table) statements() []string {
	var parts []string
	if !t.bare {
		parts = append(parts, "id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL")
	}
	for _, c := range t.columns {
		parts = append(parts, c.String())
	}
	for _, u := range t.unique {
		parts = append(parts, "UNIQUE ("+u+")")
	}
	for _, c := range t.columns {
		if c.parent != "" {
			parts = append(parts, fmt.Sprintf("FOREIGN KEY (%s) REFERENCES %s (id) ON DELETE %s", c.name, c.parent, c.onDelete))
		}
	}
	all := []string{fmt.Sprintf("CREATE TABLE %s (\n  %s\n)", t.name, strings.Join(parts, ",\n  "))}
	for _, i := range t.index {
		name := t.name + "_" + strings.ReplaceAll(i, ", ", "_and_") + "_idx"
		all = append(all, fmt.Sprintf("CREATE INDEX %s ON %s (%s)", name, t.name, i))
	}
	if t.oneOf[0] != "" {
		all = append(all, fmt.Sprintf("CREATE UNIQUE INDEX %s ON %s (%s)", t.oneOf[0], t.name, t.oneOf[1]))
	}
	return all
}

// String returns the column as CREATE TABLE wants it.
func (c column) String() string {
	s := c.name + " " + c.kind
	if !c.optional {
		s += " NOT NULL"
	}
	if c.fallback != "" {
		s += " DEFAULT " + c.fallback
	}
	if c.check != "" {
		s += " CHECK (" + c.check + ")"
	}
	return s
}
