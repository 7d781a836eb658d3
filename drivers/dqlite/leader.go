package dqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/canonical/go-dqlite/client"
	"github.com/rs/zerolog"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// findLeader asks one member after the other who leads and returns a connection to the leader.
func (db *DB) findLeader(ctx context.Context) (*link, error) {
	var errs []error
	for _, address := range db.config.Addresses {
		l, err := db.leaderBy(ctx, address)
		if err == nil {
			return l, nil
		}
		zerolog.Ctx(ctx).Debug().Str("address", address).Err(err).Msg("finding the leader")
		errs = append(errs, err)
		if ctx.Err() != nil {
			break
		}
	}
	if len(errs) == 0 {
		return nil, &drivers.Error{Kind: drivers.Unreachable, Op: "finding the database's leader",
			Err: errors.New("no member to ask")}
	}
	return nil, mostTelling(errs)
}

// errSilent is for a member that takes connections and does not say who leads: LXD 5.0.2 looks for a leader meanwhile.
var errSilent = fmt.Errorf("no answer in %s, as without a quorum", attemptTimeout)

func (db *DB) leaderBy(ctx context.Context, address string) (*link, error) {
	attempt, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	l, err := db.config.connect(attempt, address, &db.trips)
	if err != nil {
		return nil, classify(attempt, "connecting to the database", address, err)
	}
	leader, err := l.leader(attempt)
	if err != nil {
		_ = l.Close() // the error says more
		if attempt.Err() != nil && ctx.Err() == nil {
			err = &drivers.Error{Kind: drivers.NoLeader, Err: errSilent}
		}
		return nil, classify(attempt, "finding the database's leader", address, err)
	}
	if leader == address {
		return l, nil
	}
	_ = l.Close() // it has told what it was asked
	l, err = db.config.connect(attempt, leader, &db.trips)
	if err == nil {
		return l, nil
	}
	e := classify(attempt, "connecting to the database's leader", leader, err)
	if ctx.Err() == nil && (e.Kind == drivers.Unreachable || e.Kind == drivers.Timeout) {
		// The member names a leader that has just died, until the others have elected a new one.
		e.Kind = drivers.NoLeader
	}
	return nil, e
}

// mostTelling returns the first error that says more than that somebody did not answer.
func mostTelling(errs []error) error {
	for _, err := range errs {
		if kind := drivers.KindOf(err); kind != drivers.Unreachable && kind != drivers.Timeout {
			return err
		}
	}
	return errs[0]
}

// roles asks the leader for the Raft roles. They are additional: without them the rest is as good.
func (l *link) roles(ctx context.Context) map[string]schema.RaftRole {
	const request = `{"database":"local","query":"` + drivers.RaftRolesQuery + `"}`
	text, err := l.call(ctx, http.MethodPost, drivers.SQLPath, request, http.StatusOK)
	if err != nil {
		zerolog.Ctx(ctx).Debug().Str("address", l.address).Err(err).Msg("reading the Raft roles")
		return nil
	}
	var answer struct {
		Metadata json.RawMessage `json:"metadata"`
	}
	if json.Unmarshal(text, &answer) != nil {
		return nil
	}
	found, err := drivers.SQLAnswer(answer.Metadata)
	if err != nil || slices.ContainsFunc(found, func(row []drivers.Cell) bool { return len(row) != 2 }) {
		return nil
	}
	return drivers.RaftRoles(found)
}

// Cluster asks the dqlite of the member at that address, leader or not, for its view of the Raft group. It answers
// without a quorum too, where LXD's own API hangs. It fails like [Open].
func Cluster(ctx context.Context, c Config, address string) (schema.Raft, error) {
	var trips atomic.Int64
	dial := func(ctx context.Context, address string) (net.Conn, error) {
		l, err := c.connect(ctx, address, &trips)
		if err != nil {
			return nil, err
		}
		if err := l.upgrade(ctx); err != nil {
			_ = l.Close() // the error says more
			return nil, err
		}
		return l, nil
	}
	fail := func(err error) (schema.Raft, error) {
		return schema.Raft{}, classify(ctx, "reading the Raft configuration", address, err)
	}
	dq, err := client.New(ctx, address, client.WithDialFunc(dial), client.WithLogFunc(logTo(zerolog.Ctx(ctx))))
	if err != nil {
		return fail(err)
	}
	defer func() { _ = dq.Close() }() // it has told what it was asked
	leader, err := dq.Leader(ctx)
	if err != nil {
		return fail(err)
	}
	nodes, err := dq.Cluster(ctx)
	if err != nil {
		return fail(err)
	}
	out := schema.Raft{Leader: leader.Address}
	for _, n := range nodes {
		out.Members = append(out.Members,
			schema.RaftMember{ID: n.ID, Address: n.Address, Role: drivers.RaftRole(strconv.Itoa(int(n.Role)))})
	}
	return out, nil
}
