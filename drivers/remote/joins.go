package remote

import (
	"context"

	"golang.org/x/sync/errgroup"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// lookAtJoins adds to the hosts that are no working members what their own databases and operations say of joins:
// GET /1.0/cluster says enabled: false until a join has ended (lxd 5.0.2), GET /1.0 that it is in a cluster as soon as
// one begins (incus 6.0.4, measured), and the daemon of a removed member never gets ready. One whose operations are not
// seen counts as not reached: no second join may be sent beside a first.
func (c *Cluster) lookAtJoins(ctx context.Context, hosts []host, facts schema.Facts) {
	var group errgroup.Group
	group.SetLimit(c.config.Parallelism)
	for i, h := range hosts {
		row, listed := facts.Members[h.member.Name]
		works := listed && row.State != schema.StatePending
		starts := !works && h.facts.FaultKind == drivers.Starting
		if !starts && (h.facts.Fault != "" || h.facts.Clustered && works) {
			continue
		}
		group.Go(func() error {
			f := &hosts[i].facts
			if f.Socket {
				f.Joining, f.Blank = c.ownDatabase(ctx, h, facts)
			}
			ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
			defer cancel()
			f.JoinFailed = works && f.Joining && joinFailed(ctx, h.member)
			if f.Entering = f.Clustered && f.Blank; works || starts || f.Joining || f.Entering {
				return nil
			}
			var err error
			if f.Entering, err = drivers.Joins(ctx, h.member); err != nil {
				f.Fault, f.FaultKind = drivers.Cause(err), drivers.FaultOf(err)
			}
			return nil
		})
	}
	_ = group.Wait() // what went wrong is in the facts
}

// joinFailed reports that a member's daemon joins no cluster, and still takes itself for a server in none.
func joinFailed(ctx context.Context, api drivers.API) bool {
	joins, err := drivers.Joins(ctx, api)
	if err != nil || joins {
		return false
	}
	server, err := drivers.ServerOf(ctx, api) // after the operations: one may just have ended well
	return err == nil && !server.Clustered()
}

// ownDatabase says whether a server's own database has members of this cluster, or none at all.
func (c *Cluster) ownDatabase(ctx context.Context, h host, facts schema.Facts) (half, blank bool) {
	own, err := c.LocalRaft(ctx, h.member.Name)
	for _, m := range own {
		for _, member := range facts.Members {
			half = half || m.Address == member.Address
		}
	}
	return half, err == nil && len(own) == 0
}
