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
		l[table] = schema.With(l[table], column, true)
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
	if inOrder := func(a, b []Cell) int { return number(a) - number(b) }; !slices.IsSortedFunc(result, inOrder) {
		slices.SortStableFunc(result, inOrder)
	}
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
