package sandbox

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"clusterctl/drivers/internal/memdb"
	"clusterctl/drivers/sandbox/layout"
	"clusterctl/schema"
)

// tx is a transaction with a memory: after the first failing statement the others do nothing, and the transaction
// ends with that error. Handlers need not look after every line.
type tx struct {
	ctx context.Context
	sql *sql.Tx
	err error
	// server is whose tables they are.
	server *layout.Server
	// over: what it does is done, or taken back.
	over bool
}

// store is a database with the tables of a server.
type store struct {
	*memdb.DB
	server *layout.Server
}

// inside is the key of a context for the transaction of that database in which it was made: what looks into the
// database once more does so in there, since a database in memory has one connection.
type inside struct{ db *store }

// view runs fn in a read transaction of db.
func view(ctx context.Context, db *store, fn func(*tx) error) error {
	if t, ok := ctx.Value(inside{db}).(*tx); ok && !t.over {
		return cmp.Or(fn(t), t.err)
	}
	return db.View(ctx, within(ctx, db, fn))
}

// update runs fn in a write transaction of db. It is rolled back when fn fails, unless the failure is a problem that
// keeps what was done so far.
func update(ctx context.Context, db *store, fn func(*tx) error) error {
	var kept error
	err := db.Update(ctx, func(s *sql.Tx) error {
		err := within(ctx, db, fn)(s)
		if p, ok := errors.AsType[*problem](err); ok && p.keep {
			kept = err
			return nil
		}
		return err
	})
	if err == nil {
		return kept
	}
	return err
}

// exec runs statements in a transaction of their own, or that of the context.
func (s *store) exec(ctx context.Context, statements string, args ...any) error {
	return update(ctx, s, func(t *tx) error { t.exec(statements, args...); return nil })
}

// rows reads rows as text, in the transaction of the context if there is one. One question needs none of its own.
func (s *store) rows(ctx context.Context, query string, args ...any) ([][]string, error) {
	if t, ok := ctx.Value(inside{s}).(*tx); ok && !t.over {
		return t.rows(query, args...), t.err
	}
	rows, err := texts(s.Query(ctx, query, args...))
	return rows, fault(err, query)
}

// within runs fn; what was refused first counts.
func within(ctx context.Context, db *store, fn func(*tx) error) func(*sql.Tx) error {
	return func(s *sql.Tx) error {
		t := &tx{sql: s, server: db.server}
		t.ctx = context.WithValue(ctx, inside{db}, t)
		defer func() { t.over = true }()
		t.refuse(fn(t))
		return t.err
	}
}

// refuse makes the transaction end with that error, unless it has one already or this is none.
func (t *tx) refuse(err error) {
	if t.err == nil {
		t.err = err
	}
}

func (t *tx) note(err error, query string) { t.refuse(fault(err, query)) }

// fault is what SQLite has against a statement, if anything.
func fault(err error, query string) error {
	if err == nil {
		return nil
	}
	return &sqlFault{fmt.Errorf("running %q: %w", query, err)}
}

// exec runs a statement and returns the id of the row that it inserted.
func (t *tx) exec(query string, args ...any) (id int64) {
	if t.err != nil {
		return 0
	}
	result, err := t.sql.ExecContext(t.ctx, query, args...)
	if t.note(err, query); err != nil {
		return 0
	}
	id, _ = result.LastInsertId() // SQLite always has it
	return id
}

// do runs the server's statement of that name; pairs are names of values and these.
func (t *tx) do(name string, pairs ...any) {
	t.exec(t.server.Statement(name), values(pairs)...)
}

// trusted is the table of who is trusted, in parentheses.
func (t *tx) trusted() string { return "(" + t.server.Statement("trusted") + ")" }

func values(pairs []any) []any {
	var out []any
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, sql.Named(pairs[i].(string), pairs[i+1]))
	}
	return out
}

// rows returns all rows as text; NULL is "".
func (t *tx) rows(query string, args ...any) [][]string {
	if t.err != nil {
		return nil
	}
	out, err := texts(t.sql.QueryContext(t.ctx, query, args...))
	t.note(err, query)
	return out
}

// texts are the cells of all rows.
func texts(rows *sql.Rows, err error) (out [][]string, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	err = scan(rows, len(names), func(cells []sql.NullString) {
		out = append(out, schema.Map(cells, func(c sql.NullString) string { return c.String }))
	})
	return out, err
}

// row returns the first row, nil if there is none.
func (t *tx) row(query string, args ...any) []string {
	for _, row := range t.rows(query, args...) {
		return row
	}
	return nil
}

// text returns the first column of the first row and whether there is one.
func (t *tx) text(query string, args ...any) (string, bool) {
	for _, row := range t.rows(query, args...) {
		return row[0], true
	}
	return "", false
}

// int reads a number of a row.
func (t *tx) int(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	t.note(err, "reading a number")
	return n
}

// insert adds a row, for example ("profiles (name,project_id)", "x", 1), and returns its number.
func (t *tx) insert(into string, values ...any) int64 {
	return t.exec("INSERT INTO "+into+" VALUES (?"+strings.Repeat(",?", len(values)-1)+")", values...)
}

// number returns the first column of the first row as a number, 0 if there is none.
func (t *tx) number(query string, args ...any) int64 {
	var n sql.NullInt64
	if t.err != nil {
		return 0
	}
	if err := t.sql.QueryRowContext(t.ctx, query, args...).Scan(&n); !errors.Is(err, sql.ErrNoRows) {
		t.note(err, query)
	}
	return n.Int64
}

// column returns the first column of all rows; it is never nil, as lists in answers are not.
func (t *tx) column(query string, args ...any) []string {
	out := []string{}
	for _, row := range t.rows(query, args...) {
		out = append(out, row[0])
	}
	return out
}

// objects are rows of JSON, as lists in answers have them.
func (t *tx) objects(query string, args ...any) []json.RawMessage {
	return append([]json.RawMessage{}, schema.Map(t.column(query, args...), dated)...)
}

// pairs returns the first two columns as a map, never nil.
func (t *tx) pairs(query string, args ...any) map[string]string {
	out := map[string]string{}
	for _, row := range t.rows(query, args...) {
		out[row[0]] = row[1]
	}
	return out
}

// putConfig replaces the key-value rows of one owner, for example ("profiles_config", "profile_id", 3). Empty values
// are not stored.
func (t *tx) putConfig(table, owner string, id int64, config map[string]string) {
	t.exec("DELETE FROM "+table+" WHERE "+owner+"=?", id)
	for _, key := range sortedKeys(config) {
		if config[key] != "" {
			t.exec("INSERT INTO "+table+" ("+owner+",key,value) VALUES (?,?,?)", id, key, config[key])
		}
	}
}

// config returns the key-value rows of one owner.
func (t *tx) config(table, owner string, id int64) map[string]string {
	return t.pairs("SELECT key,value FROM "+table+" WHERE "+owner+"=?", id)
}
