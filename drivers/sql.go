package drivers

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"clusterctl/schema"
)

// Cell is one value of a row as text; NULL is not valid.
type Cell = sql.NullString

// SQLPath is where a daemon runs SQL in its databases, for its own socket and for members alone.
const SQLPath = "/internal/sql"

// SQL runs statements through a daemon's own connection to one of its databases, "global" or "local". It is there on
// the unix socket, and needs no key: a user in the group lxd may use the socket, and may not read the key. A statement
// must not have a semicolon in it, where the daemon would cut it (lxd 5.0.2, lxd/api_internal.go internalSQLPost).
type SQL struct {
	API      API
	Database string
}

// Query runs one statement and returns its rows.
func (s SQL) Query(ctx context.Context, statement string) ([][]Cell, error) {
	reply, err := s.API.Do(ctx, Call{Method: http.MethodPost, Path: SQLPath,
		Body: map[string]string{"database": s.Database, "query": statement}})
	if err != nil {
		return nil, err
	}
	return SQLAnswer(reply.Metadata)
}

// maxCells is how many values an answer may have, a row counting for seven more: that takes as much memory as what is
// read of the database directly.
const maxCells = 7 << 20

// table is what an answer has in its rows. It is read value by value: a list of small ones takes many times its text.
type table [][]Cell

// UnmarshalJSON implements json.Unmarshaler. The text is JSON already, of whatever shape.
func (t *table) UnmarshalJSON(text []byte) error {
	s, rows := values{text: text}, slab{}
	if s.next() == 'n' {
		return nil
	}
	var row []Cell
	cells := 0
	*t = make(table, 0, min(bytes.Count(text, []byte("[")), maxCells/8)) // a list that grows takes four times as much
	return s.list(func() error {
		row = row[:0]
		err := s.list(func() error {
			cell, err := s.cell()
			if cells++; cells > maxCells {
				return errors.New("too many values")
			}
			row = append(row, cell)
			return err
		})
		if cells += 7; cells > maxCells { // an empty one takes place, too
			return errors.New("too many rows")
		}
		*t = append(*t, append(rows.row(len(row))[:0], row...))
		return err
	})
}

// SQLAnswer returns the rows of the only result in the metadata of the daemon's answer.
func SQLAnswer(metadata []byte) ([][]Cell, error) {
	var answer struct {
		Results []struct {
			Rows table `json:"rows"`
		}
	}
	if err := json.Unmarshal(metadata, &answer); err != nil {
		return nil, fmt.Errorf("reading the rows that the daemon gives: %w", err)
	}
	if len(answer.Results) != 1 {
		return nil, errors.New("reading the rows that the daemon gives: it gave none")
	}
	return answer.Results[0].Rows, nil
}

// Wide returns what a query gives if every row has at least that many values: a daemon may answer anything.
func Wide(columns int) func(rows [][]Cell, err error) ([][]Cell, error) {
	return func(rows [][]Cell, err error) ([][]Cell, error) {
		for _, row := range rows {
			if err == nil && len(row) < columns {
				err = &Error{Kind: Internal, Op: "reading the rows that the daemon gives",
					Err: fmt.Errorf("a row has %d values, where %d were asked for", len(row), columns)}
			}
		}
		return rows, err
	}
}

// cellSize is what a value takes of memory beside its text, in bytes: many small ones take more than they say.
const cellSize = 40

// ErrRows says that there is more in rows than may be.
var ErrRows = errors.New("there is more in the rows than may be")

// Rows reads a result to its end and closes it. It fails with [ErrRows] when the values have more bytes than most,
// unless that is 0.
func Rows(result *sql.Rows, most int64) (out [][]Cell, err error) {
	defer func() { err = errors.Join(err, result.Close()) }()
	columns, err := result.Columns()
	if err != nil {
		return nil, err
	}
	into, size, rows := make([]any, len(columns)), int64(0), slab{}
	for result.Next() {
		row := rows.row(len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := result.Scan(into...); err != nil {
			return nil, err
		}
		for _, cell := range row {
			size += int64(len(cell.String)) + cellSize
		}
		if most > 0 && size > most {
			return nil, ErrRows
		}
		out = append(out, row)
	}
	return out, result.Err()
}

// RaftRolesQuery reads the roles of members in the cluster database from a member's own one, which has a copy of the
// Raft configuration.
const RaftRolesQuery = "SELECT address, role FROM raft_nodes"

// RaftRoles returns what RaftRolesQuery gives, by cluster address.
func RaftRoles(found [][]Cell) map[string]schema.RaftRole {
	out := map[string]schema.RaftRole{}
	for _, row := range found {
		if len(row) > 1 {
			out[row[0].String] = RaftRole(row[1].String)
		}
	}
	return out
}

// RaftRole returns the role behind a number of the column raft_nodes.role.
func RaftRole(number string) schema.RaftRole {
	return map[string]schema.RaftRole{"0": schema.Voter, "1": schema.StandBy, "2": schema.Spare}[number]
}
