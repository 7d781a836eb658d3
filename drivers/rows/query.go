package rows

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// Cell is one value of a row as text; NULL is not valid.
type Cell = drivers.Cell

// Querier runs one SELECT on the cluster database and returns all its rows. It is called one statement at a
// time, from one goroutine.
type Querier interface {
	Query(ctx context.Context, statement string) ([][]Cell, error)
}

// Queryer is what *sql.DB, *sql.Conn and *sql.Tx can do.
type Queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// SQL makes a [Querier] of a database of the standard library's kind.
func SQL(db Queryer) Querier { return standard{db: db} }

// Bounded is [SQL] for a database that somebody else has written: a query fails with [drivers.ErrRows] when it gives
// more than that many bytes.
func Bounded(db Queryer, most int64) Querier { return standard{db, most} }

type standard struct {
	db   Queryer
	most int64
}

func (s standard) Query(ctx context.Context, statement string) ([][]Cell, error) {
	result, err := s.db.QueryContext(ctx, statement)
	if err != nil {
		return nil, err
	}
	return drivers.Rows(result, s.most)
}

// layout has the columns of each table of the database.
type layout map[string]map[string]bool

const describeStatement = `SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'`

func describe(ctx context.Context, q Querier) (layout, error) {
	result, err := drivers.Wide(2)(q.Query(ctx, describeStatement))
	if err != nil {
		return nil, fmt.Errorf("reading the tables of the database: %w", err)
	}
	l := layout{}
	for _, row := range result {
		table, column := row[0].String, row[1].String
		if l[table] == nil {
			l[table] = map[string]bool{}
		}
		l[table][column] = true
	}
	return l, nil
}

// missing names the first of the columns that the table does not have: "table", "table.column" or "".
func (l layout) missing(table string, columns ...string) string {
	if l[table] == nil {
		return table
	}
	for _, column := range columns {
		if !l[table][column] {
			return table + "." + column
		}
	}
	return ""
}

// width is the number of values that a term of the statement yields.
const width = 5

// term is one SELECT of the statement, with what takes its rows.
type term struct {
	columns []string // SQL expressions, at most width
	from    string   // what follows FROM
	take    func(row []Cell)
}

// runTerms runs the terms as one statement and hands each its rows, in the order of the terms.
func runTerms(ctx context.Context, q Querier, terms []term) error {
	selects := make([]string, len(terms))
	for i, t := range terms {
		columns := append([]string{fmt.Sprint(i)}, t.columns...)
		for len(columns) <= width {
			columns = append(columns, "NULL")
		}
		selects[i] = "SELECT " + strings.Join(columns, ", ") + " FROM " + t.from
	}
	result, err := drivers.Wide(width + 1)(q.Query(ctx, strings.Join(selects, "\nUNION ALL ")))
	if err != nil {
		return fmt.Errorf("reading the rows of the database: %w", err)
	}
	number := func(row []Cell) int {
		n, err := strconv.Atoi(row[0].String)
		if err != nil || n < 0 || n >= len(terms) {
			return len(terms)
		}
		return n
	}
	slices.SortStableFunc(result, func(a, b []Cell) int { return number(a) - number(b) })
	for i, row := range result {
		if n := number(row); n < len(terms) {
			terms[n].take(row[1:])
		}
		result[i] = nil // what is made of it may take as much
	}
	return nil
}

// name quotes an identifier.
func name(identifier string) string { return `"` + strings.ReplaceAll(identifier, `"`, `""`) + `"` }

// ofMembers are tables with a node_id that hold no objects: what members are in, do and have copies of.
var ofMembers = []string{"images_nodes", "nodes_cluster_groups", "nodes_config", "nodes_roles", "operations",
	"warnings"}

// addUncovered counts the rows of the tables about members or pools that no kind reads: what they hold is nothing that
// clusterctl knows, and goes with its member or pool all the same.
func (r *reading) addUncovered(kinds []schema.Kind) {
	covered := map[string]bool{"": true}
	for _, table := range ofMembers {
		covered[table] = true
	}
	for _, k := range kinds {
		t := r.tables(k.Tables)
		for _, table := range []string{t.Table, t.Config, t.Parts, t.Devices, t.DevicesConfig} {
			covered[table] = true
		}
		for _, join := range t.Joins {
			covered[join.Table] = true
		}
	}
	for _, table := range sortedTables(r.layout) {
		member, ofMember := "NULL", r.layout[table]["node_id"]
		if ofMember {
			member = "node_id"
		}
		if covered[table] || !ofMember && !r.layout[table]["storage_pool_id"] {
			continue
		}
		take := func(row []Cell) {
			rows, _ := strconv.Atoi(row[1].String) // a COUNT
			r.uncovered = append(r.uncovered, schema.Uncovered{Table: table, Member: row[0].String, Rows: rows})
		}
		r.add(`(SELECT `+member+` AS member, COUNT(*) AS rows FROM `+name(table)+` GROUP BY 1) o`, take, `o.member`, `o.rows`)
	}
}

func sortedTables(l layout) []string {
	var out []string
	for table := range l {
		out = append(out, table)
	}
	slices.Sort(out)
	return out
}

// uncoveredNow are the counts with the members' names.
func (r *reading) uncoveredNow() []schema.Uncovered {
	for i, u := range r.uncovered {
		r.uncovered[i].Member = r.names[u.Member]
	}
	return r.uncovered
}
