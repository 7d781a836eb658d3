package rows

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// Database is what [Write] fills: a transaction, as a rule.
type Database interface {
	Queryer
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// Write fills the database of a server that was never configured with a cluster, the opposite of [Read]: members,
// objects of every kind whose tables the database has, and copies of images. What objects do not say gets the zero of
// its column; rows that the Text of a [schema.Join] tells are left out, and so are objects whose row must lead to one
// that no object tells of, as that of a cluster link does to its identity. A standalone server keeps its row "none",
// which stands for the member of any name.
//
// It returns the ids of the members by name. A kind whose table is missing is left out: what was not written shows when
// the database is read again.
func Write(ctx context.Context, db Database, reg schema.Registry, live schema.Cluster, now time.Time) (map[string]int64,
	error) {
	if !live.Facts.Clustered && live.Len() == 0 && len(live.Facts.Images) == 0 {
		return map[string]int64{}, nil // to look at the tables takes longer than to write some rows
	}
	l, err := describe(ctx, SQL(db))
	if err != nil {
		return nil, err
	}
	w := &writing{ctx: ctx, db: db, layout: l, now: now, standalone: !live.Facts.Clustered,
		ids: map[string]map[schema.Ref]int64{}, members: map[string]int64{}, prepared: map[string]preparedInsert{}}
	if w.required, err = w.requiredColumns(); err != nil {
		return nil, err
	}
	for _, k := range reg.All() {
		if k.Name == schema.KindMember {
			continue
		}
		k.Tables = (&reading{layout: l}).tables(k.Tables)
		if t := k.Tables.Table; t != "" && l[t] == nil || k.Tables.Parent.Table != "" && l[k.Tables.Parent.Table] == nil {
			continue
		}
		for _, o := range live.OfKind(k.Name) {
			w.object(k, o)
		}
		if k.Name == schema.KindGroup {
			w.memberRows(live)
		}
	}
	w.copies(live.Facts.Images)
	for _, insert := range w.prepared {
		if insert.Stmt != nil {
			w.fail(insert.Close(), "closing a statement")
		}
	}
	return w.members, w.err
}

// writing is one Write under way. After the first error nothing is done any more.
type writing struct {
	ctx        context.Context
	db         Database
	layout     layout
	now        time.Time
	standalone bool
	// required has the columns of each table that must not be NULL and have no default, with their zero; nil for one
	// that leads to another table, where no zero is.
	required map[string]map[string]any
	// ids are those of the rows, by table and what they are called.
	ids      map[string]map[schema.Ref]int64
	members  map[string]int64
	prepared map[string]preparedInsert
	err      error
}

// preparedInsert is a statement with what it fills in by itself.
type preparedInsert struct {
	*sql.Stmt
	zeroes []any
}

func (w *writing) fail(err error, doing string) {
	if w.err == nil && err != nil {
		w.err = fmt.Errorf("%s: %w", doing, err)
	}
}

// requiredColumns asks the database for the columns that want a value.
func (w *writing) requiredColumns() (map[string]map[string]any, error) {
	found, err := drivers.Wide(4)(SQL(w.db).Query(w.ctx, `SELECT t.name, c.name, c.type,
		EXISTS (SELECT 1 FROM pragma_foreign_key_list(t.name) f WHERE f."from" = c.name) FROM sqlite_master t
		JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND c."notnull" AND c.dflt_value IS NULL AND NOT c.pk`))
	if err != nil {
		return nil, fmt.Errorf("reading the columns of the database: %w", err)
	}
	out := map[string]map[string]any{}
	for _, row := range found {
		var zero any = ""
		switch {
		case row[3].String == "1":
			zero = nil
		case row[2].String == "INTEGER":
			zero = 0
		case row[2].String == "DATETIME":
			zero = w.now
		}
		out[row[0].String] = schema.With(out[row[0].String], row[1].String, zero)
	}
	return out, nil
}

// leadsNowhere reports that the row of a table lacks a number that it must have of a row of another.
func (w *writing) leadsNowhere(table string, row map[string]any) bool {
	for column, zero := range w.required[table] {
		if _, given := row[column]; zero == nil && !given {
			return true
		}
	}
	return false
}

// insert adds a row and returns its number.
func (w *writing) insert(table string, row map[string]any) int64 {
	if w.err != nil {
		return 0
	}
	columns := slices.Sorted(maps.Keys(row))
	key := table + " " + strings.Join(columns, " ")
	insert, known := w.prepared[key]
	if !known {
		insert = w.prepare(table, columns)
		if w.prepared[key] = insert; w.err != nil {
			return 0
		}
	}
	values := make([]any, len(columns), len(columns)+len(insert.zeroes))
	for i, column := range columns {
		values[i] = row[column]
	}
	result, err := insert.ExecContext(w.ctx, append(values, insert.zeroes...)...)
	if err != nil {
		w.fail(err, "writing a row of "+table)
		return 0
	}
	id, err := result.LastInsertId()
	w.fail(err, "writing a row of "+table)
	return id
}

// prepare makes the statement for rows with those columns; the others that want a value get their zero.
func (w *writing) prepare(table string, columns []string) (insert preparedInsert) {
	names := slices.Clone(columns)
	for _, column := range slices.Sorted(maps.Keys(w.required[table])) {
		if !slices.Contains(columns, column) {
			names, insert.zeroes = append(names, column), append(insert.zeroes, w.required[table][column])
		}
	}
	var err error
	insert.Stmt, err = w.db.PrepareContext(w.ctx, "INSERT INTO "+name(table)+" ("+strings.Join(schema.Map(names, name),
		",")+
		") VALUES (?"+strings.Repeat(",?", len(names)-1)+")")
	w.fail(err, "writing to "+table)
	return insert
}

func (w *writing) exec(query string, args ...any) {
	if w.err == nil {
		_, err := w.db.ExecContext(w.ctx, query, args...)
		w.fail(err, "writing to the database")
	}
}

// idOf returns the number of a row that was written or was there, 0 for none.
func (w *writing) idOf(table, project, called string) int64 {
	ref := schema.Ref{Project: project, Name: called}
	if id, known := w.ids[table][ref]; known || w.err != nil {
		return id
	}
	query, args := "SELECT id FROM "+name(table)+" WHERE name = ?", []any{called}
	if w.layout[table]["project_id"] {
		query, args = query+" AND project_id = ?", append(args, w.idOf("projects", "", project))
	}
	var id int64
	if err := w.db.QueryRowContext(w.ctx, query, args...).Scan(&id); err != nil && !errors.Is(err, sql.ErrNoRows) {
		w.fail(err, "looking for "+called+" in "+table)
	}
	w.note(table, ref, id)
	return id
}

func (w *writing) note(table string, ref schema.Ref, id int64) {
	w.ids[table] = schema.With(w.ids[table], schema.Ref{Project: ref.Project, Name: ref.Name}, id)
}

// node is the id of a member.
func (w *writing) node(member string) int64 {
	if w.standalone {
		return 1
	}
	return w.members[member]
}

// numberFor is the number that a text stands for, or the text itself.
func numberFor(words []string, value string) any {
	if i := slices.Index(words, value); i >= 0 {
		return i
	}
	if i, err := strconv.Atoi(value); err == nil && words != nil {
		return i
	}
	return value
}

// scoped is the project in whose name the rows of a table are known.
func (w *writing) scoped(table, project string) string {
	if w.layout[table]["project_id"] {
		return cmp.Or(project, schema.DefaultProject)
	}
	return ""
}
