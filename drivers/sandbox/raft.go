package sandbox

import (
	"slices"
	"strconv"
	"time"

	"clusterctl/drivers/sandbox/wire"
	"clusterctl/schema"
)

// limits are the cluster keys that drive Raft roles and heartbeats.
type limits struct {
	voters, standBys int
	offline          time.Duration
}

func (t *tx) limits() limits {
	config := t.pairs("SELECT key,value FROM config")
	number := func(key string, fallback int) int {
		if n, err := strconv.Atoi(config[key]); err == nil {
			return n
		}
		return fallback
	}
	return limits{voters: number("cluster.max_voters", 3), standBys: number("cluster.max_standby", 2),
		offline: time.Duration(number("cluster.offline_threshold", 20)) * time.Second}
}

// firstRole is the role in which a member joins (lxd 5.0.2, lxd/cluster/membership.go Accept): the second of a
// cluster is a stand-by until there is a third.
func (c *cluster) firstRole(l limits) wire.Role {
	all := func(uint64) bool { return true }
	switch {
	case len(c.raft) > 1 && c.count(wire.Voter, all) < l.voters:
		return wire.Voter
	case c.count(wire.StandBy, all) < l.standBys:
		return wire.StandBy
	}
	return wire.Spare
}

// rebalance gives out Raft roles as LXD's leader does with its heartbeat: offline voters and stand-bys lose theirs
// to others once there is somebody to take over. Candidates of failure domains that have no such role yet come
// first. It reports whether anything changed.
func (c *cluster) rebalance(l limits, online func(id uint64) bool, domain func(id uint64) string) bool {
	if !c.clustered || len(c.raft) < 3 || !c.quorum() {
		return false
	}
	before := slices.Clone(c.raft)
	pick := func(from, to wire.Role) bool {
		taken := map[string]bool{}
		for _, n := range c.raft {
			if n.Role == to && online(n.ID) {
				taken[domain(n.ID)] = true
			}
		}
		best := -1
		for i, n := range c.raft {
			if n.Role == from && online(n.ID) && (best < 0 || taken[domain(c.raft[best].ID)] && !taken[domain(n.ID)]) {
				best = i
			}
		}
		if best >= 0 {
			c.raft[best].Role = to
		}
		return best >= 0
	}
	for c.count(wire.Voter, online) < l.voters && (pick(wire.StandBy, wire.Voter) || pick(wire.Spare, wire.Voter)) {
	}
	c.demote(wire.Voter, l.voters, online)
	for c.count(wire.StandBy, online) < l.standBys && pick(wire.Spare, wire.StandBy) {
	}
	c.demote(wire.StandBy, l.standBys, online)
	return !slices.Equal(before, c.raft)
}

// release makes a member a spare.
func (c *cluster) release(id uint64) {
	if i := c.place(int64(id)); i >= 0 {
		c.raft[i].Role = wire.Spare
	}
}

func (c *cluster) count(role wire.Role, online func(uint64) bool) int {
	return len(schema.Filter(c.raft, func(n wire.Node) bool { return n.Role == role && online(n.ID) }))
}

// demote makes spares of those who hold the role and are offline, and of surplus ones; the leader keeps its role.
func (c *cluster) demote(role wire.Role, most int, online func(uint64) bool) {
	held := c.count(role, func(uint64) bool { return true })
	enough := c.count(role, online) >= min(most, held)
	for i := len(c.raft) - 1; i >= 0; i-- {
		n := &c.raft[i]
		if n.Role != role || n.ID == c.leader || held <= most && (online(n.ID) || !enough) {
			continue
		}
		if held > most && online(n.ID) && c.count(role, online) <= most {
			continue
		}
		n.Role = wire.Spare
		held--
	}
}
