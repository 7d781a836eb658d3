package sandbox

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"clusterctl/drivers/internal/memdb"
	"clusterctl/drivers/sandbox/wire"
)

func internalRoutes() []route {
	return []route{
		{"GET", "/internal/ready", trustInternal, free, func(*call) (reply, error) { return done(nil) }},
		{"GET", "/internal/sql", trustInternal, free, sqlText},
		{"POST", "/internal/sql", trustInternal, free, sqlRun},
		{"DELETE", "/internal/cluster/raft-node/{address}", trustInternal, locked, raftNodeDelete},
		{"GET", "/internal/database", untrusted, free, nil},
		{"POST", "/internal/database", untrusted, free, nil},
	}
}

// sqlResult is the outcome of one statement.
type sqlResult struct {
	Type         string   `json:"type"`
	Columns      []string `json:"columns"`
	Rows         [][]any  `json:"rows"`
	RowsAffected int64    `json:"rows_affected"`
}

// sqlRun runs statements in the local or the global database. LXD splits the text at every semicolon and takes for a
// query what begins with SELECT.
func sqlRun(c *call) (reply, error) {
	var body struct{ Database, Query string }
	if err := json.Unmarshal(c.body, &body); err != nil {
		return reply{}, fail(http.StatusBadRequest, "%v", err)
	}
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	db, err := c.database(body.Database)
	if db != nil && body.Query == "" {
		err = fail(http.StatusBadRequest, "No query provided")
	}
	if err != nil {
		return reply{}, err
	}
	results := []sqlResult{}
	for _, query := range strings.Split(body.Query, ";") {
		if query = strings.TrimLeft(query, " \n\t"); query == "" {
			continue
		}
		var result sqlResult
		var err error
		if strings.HasPrefix(strings.ToUpper(query), "SELECT") {
			err = db.View(c.Context(), func(t *sql.Tx) error { result, err = sqlSelect(t, query); return err })
		} else {
			err = db.Update(c.Context(), func(t *sql.Tx) error { result, err = sqlExec(t, query); return err })
		}
		if err != nil {
			return reply{}, err
		}
		results = append(results, result)
	}
	return ok(map[string]any{"Results": results})
}

// database is that of the member, or of its cluster.
func (c *call) database(name string) (*store, error) {
	switch name {
	case "local":
		return c.at.local, nil
	case "global":
		return c.at.cluster.db, c.at.available(true)
	}
	return nil, fail(http.StatusBadRequest, "Invalid database")
}

func sqlSelect(t *sql.Tx, query string) (sqlResult, error) {
	out := sqlResult{Type: "select", Rows: [][]any{}}
	rows, err := t.Query(query)
	if err != nil {
		return out, fmt.Errorf("Failed to execute query: %s", bare(err))
	}
	defer rows.Close()
	if out.Columns, err = rows.Columns(); err != nil {
		return out, err
	}
	err = scan(rows, len(out.Columns), func(row []any) {
		for i, v := range row {
			if b, ok := v.([]byte); ok {
				row[i] = string(b)
			}
		}
		out.Rows = append(out.Rows, slices.Clone(row))
	})
	return out, err
}

// scan gives fn the values of one row after the other, which it may not keep.
func scan[V any](rows *sql.Rows, columns int, fn func([]V)) error {
	values, into := make([]V, columns), make([]any, columns)
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		fn(values)
	}
	return rows.Err()
}

func sqlExec(t *sql.Tx, query string) (sqlResult, error) {
	result, err := t.Exec(query)
	if err != nil {
		return sqlResult{}, fmt.Errorf("Failed to exec query: %s", bare(err))
	}
	changed, err := result.RowsAffected()
	return sqlResult{Type: "exec", RowsAffected: changed}, err
}

// bare is SQLite's text without what this library puts around it.
func bare(err error) string {
	_, text := memdb.Reason(err)
	return text
}

// raftNodeDelete removes an entry of the Raft configuration; the next heartbeats may bring it back.
func raftNodeDelete(c *call) (reply, error) {
	cl := c.at.cluster
	before := len(cl.raft)
	cl.raft = slices.DeleteFunc(cl.raft, func(n wire.Node) bool { return n.Address == c.params["address"] })
	if len(cl.raft) == before {
		return reply{}, fmt.Errorf("No raft node with address %q", c.params["address"])
	}
	cl.elect()
	return done(cl.storeRaft(c.tx))
}
