package remote

import (
	"context"
	"slices"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"clusterctl/drivers"
	"clusterctl/drivers/dqlite"
	"clusterctl/schema"
)

// halfBootstrapped reports what looks like a cluster of one and is none: the daemon died in its bootstrap, when its
// own database had the first member, and the cluster's had none, as "none" stands for; or when that had one, and the
// Raft configuration was still that of a server in no cluster. The first takes no further bootstrap. The second takes
// members, whose Raft configuration has that address of it, too (both measured on lxd 5.0.2 and incus 6.0.4;
// lxd/cluster/membership.go Bootstrap). No later start repairs either.
func (c *Cluster) halfBootstrapped(ctx context.Context, in []host, facts schema.Facts) bool {
	only := in[0]
	row, ours := facts.Members[only.member.Name]
	if _, nobody := facts.Members["none"]; nobody || !facts.Clustered {
		return true
	}
	if len(in) > 1 || len(facts.Members) != 1 || !ours || !only.facts.Socket {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	k, err := only.member.readKeys(ctx, true)
	var raft schema.Raft
	if err == nil {
		raft, err = dqlite.Cluster(ctx, c.databaseConfig(k, nil), row.Address)
	}
	zerolog.Ctx(ctx).Debug().Str("member", only.member.Name).Err(err).Interface("raft", raft.Members).
		Msg("asked whether its bootstrap has ended")
	return err == nil && len(raft.Members) == 1 && raft.Members[0].Address == schema.AloneAddress
}

// alone returns what was read of such a server as that of one in no cluster, which the repair makes it.
func alone(live schema.Cluster) schema.Cluster {
	facts := live.Facts
	facts.Clustered, facts.Members, facts.Leader, facts.Certificate = false, nil, "", ""
	facts.Unseen = slices.DeleteFunc(slices.Clone(facts.Unseen),
		func(s schema.Sighting) bool { return s.What == schema.LookLeader || s.What == schema.LookRoles })
	return schema.NewCluster(facts, slices.DeleteFunc(live.Objects(), func(o schema.Object) bool {
		return o.Ref.Kind == schema.KindMember || o.Ref.Kind == schema.KindGroup
	})...)
}

// lookAtBootstraps adds to the hosts that are half bootstrapped whether an operation still goes on with it. One whose
// operations are not seen counts as not reached.
func (c *Cluster) lookAtBootstraps(ctx context.Context, hosts []host) {
	var group errgroup.Group
	group.SetLimit(c.config.Parallelism)
	for i, h := range hosts {
		if h.facts.Fault != "" || !h.facts.HalfBootstrapped {
			continue
		}
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
			defer cancel()
			f := &hosts[i].facts
			var err error
			if f.Entering, err = drivers.Bootstraps(ctx, h.member); err != nil {
				f.Fault, f.FaultKind = drivers.Cause(err), drivers.FaultOf(err)
			}
			return nil
		})
	}
	_ = group.Wait() // what went wrong is in the facts
}
