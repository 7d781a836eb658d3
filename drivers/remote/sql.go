package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"clusterctl/drivers"
	"clusterctl/drivers/rows"
	"clusterctl/schema"
)

// daemonSQL runs SELECTs through a daemon's own connection to its database. It is there on the unix socket alone, and
// needs no key: a user in the group lxd may use the socket, and may not read the key. A statement must not have a
// semicolon in it, where the daemon would cut it (lxd 5.0.2, lxd/api_internal.go internalSQLPost).
type daemonSQL struct {
	api      drivers.API
	database string // "global" or "local"
}

// Query makes daemonSQL a rows.Querier.
func (d daemonSQL) Query(ctx context.Context, statement string) ([][]rows.Cell, error) {
	reply, err := d.api.Do(ctx, drivers.Call{Method: http.MethodPost, Path: "/internal/sql",
		Body: map[string]string{"database": d.database, "query": statement}})
	if err != nil {
		return nil, err
	}
	var answer struct {
		Results []struct {
			Rows [][]json.RawMessage `json:"rows"`
		}
	}
	if err := json.Unmarshal(reply.Metadata, &answer); err != nil {
		return nil, fmt.Errorf("reading the rows that the daemon gives: %w", err)
	}
	if len(answer.Results) != 1 {
		return nil, errors.New("reading the rows that the daemon gives: it gave none")
	}
	out := make([][]rows.Cell, len(answer.Results[0].Rows))
	for i, row := range answer.Results[0].Rows {
		for _, value := range row {
			out[i] = append(out[i], cell(value))
		}
	}
	return out, nil
}

// cell returns a JSON value as text: a string without its quotes, a number as it is written.
func cell(value json.RawMessage) rows.Cell {
	var text string
	switch {
	case string(value) == "null":
		return rows.Cell{}
	case json.Unmarshal(value, &text) == nil:
		return rows.Cell{String: text, Valid: true}
	}
	return rows.Cell{String: string(value), Valid: true}
}

// readThroughDaemon reads the database through a daemon whose socket is reached, for want of the key: direct says why
// the direct way failed.
func (c *Cluster) readThroughDaemon(ctx context.Context, h host, direct error) (schema.Cluster, error) {
	live, err := rows.Read(ctx, daemonSQL{h.member, "global"}, c.config.Registry, time.Time{})
	if err != nil {
		return schema.Cluster{}, err
	}
	facts := live.Facts
	facts.Source, facts.Flavour, facts.Certificate = "dqlite", h.facts.Flavour, h.facts.Certificate
	facts.Unseen = append(slices.Clone(facts.Unseen), schema.Sighting{What: schema.LookLeader, Fault: faultOf(direct),
		Text: "the leader of the database is not known: " + direct.Error()})
	roles, err := rows.RaftRoles(ctx, daemonSQL{h.member, "local"})
	if err != nil {
		return schema.Cluster{}, err
	}
	facts.Members = rows.WithRoles(facts.Members, roles)
	c.noteLeader(facts)
	return schema.NewCluster(facts, live.Objects()...), nil
}
