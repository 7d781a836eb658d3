package dqlite

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync/atomic"

	"github.com/canonical/go-dqlite/client"
	"github.com/rs/zerolog"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// Cluster asks the dqlite of the member at that address, leader or not, for its view of the Raft group. It answers
// without a quorum too, where LXD's own API hangs. It fails like [Open].
func Cluster(ctx context.Context, c Config, address string) (_ schema.Raft, err error) {
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
	defer func() { err = errors.Join(err, dq.Close()) }()
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
