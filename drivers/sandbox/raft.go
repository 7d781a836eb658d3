package sandbox

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"clusterctl/drivers/sandbox/wire"
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
	count := map[wire.Role]int{}
	for _, n := range c.raft {
		count[n.Role]++
	}
	switch {
	case len(c.raft) > 1 && count[wire.Voter] < l.voters:
		return wire.Voter
	case count[wire.StandBy] < l.standBys:
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

func (c *cluster) count(role wire.Role, online func(uint64) bool) int {
	n := 0
	for _, node := range c.raft {
		if node.Role == role && online(node.ID) {
			n++
		}
	}
	return n
}

// demote makes spares of those who hold the role and are offline, and of surplus ones; the leader keeps its role.
func (c *cluster) demote(role wire.Role, most int, online func(uint64) bool) {
	held := 0
	for _, n := range c.raft {
		if n.Role == role {
			held++
		}
	}
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

// beatEvery is how often the members' heartbeats are written. LXD does it every half offline_threshold; more often
// is never wrong for a reader and keeps tests quick.
const beatEvery = 2 * time.Second

// beat writes heartbeats until the world is closed.
func (w *World) beat() {
	ticker := time.NewTicker(beatEvery)
	defer ticker.Stop()
	for {
		select {
		case <-w.ctx.Done():
			return
		case <-ticker.C:
			w.mu.Lock()
			_ = w.heartbeat(w.ctx) // the next one tries again
			w.mu.Unlock()
		}
	}
}

// Advance lets the time d pass: heartbeats that are not renewed, tokens and operations grow older by it, and the
// leaders do what they would have done meanwhile.
func (w *World) Advance(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ageing += d
	for _, c := range w.clusters() {
		err := update(ctx, c.db, func(t *tx) error {
			for _, row := range t.rows("SELECT id,heartbeat FROM nodes") {
				t.exec("UPDATE nodes SET heartbeat=? WHERE id=?", parseTime(row[1]).Add(-d), row[0])
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return w.heartbeat(ctx)
}

// parseTime reads a time of the database; a text that is none is the zero time.
func parseTime(text string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999-07:00", "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t
		}
	}
	return time.Time{}
}

// heartbeat renews the heartbeats of the running members and lets each leader give out roles.
func (w *World) heartbeat(ctx context.Context) error {
	var errs []error
	for _, c := range w.clusters() {
		c.elect()
		if !c.quorum() {
			continue
		}
		errs = append(errs, update(ctx, c.db, c.round))
	}
	return errors.Join(append(errs, w.save())...)
}

// round is one heartbeat of the leader.
func (c *cluster) round(t *tx) error {
	now := time.Now().UTC()
	newest := int64(0)
	for _, m := range c.members() {
		newest = max(newest, m.segment)
	}
	for _, m := range c.members() {
		if m.up {
			m.segment = newest + 1
			t.exec("UPDATE nodes SET heartbeat=? WHERE id=?", now, m.id)
		}
	}
	if !c.clustered {
		return nil
	}
	if err := t.replicate(); err != nil {
		return err
	}
	return c.settleRoles(t)
}

// settleRoles gives out Raft roles by what the table nodes says of the members, and tells the members.
func (c *cluster) settleRoles(t *tx) error {
	l := t.limits()
	fresh, domains := map[uint64]bool{}, map[uint64]string{}
	for _, row := range t.rows("SELECT id,heartbeat,state,failure_domain_id FROM nodes") {
		id, err := strconv.ParseUint(row[0], 10, 64)
		if err != nil {
			return err
		}
		fresh[id] = row[2] != stateMemberPending && time.Since(parseTime(row[1])) < l.offline
		domains[id] = row[3]
	}
	c.rebalance(l, func(id uint64) bool { return fresh[id] }, func(id uint64) string { return domains[id] })
	c.elect()
	return c.storeRaft(t.ctx, t.memberNames())
}

// memberNames returns the names of the table nodes by id.
func (t *tx) memberNames() map[int64]string {
	names := map[int64]string{}
	for _, row := range t.rows("SELECT id,name FROM nodes") {
		id, err := strconv.ParseInt(row[0], 10, 64)
		t.note(err, "reading a member's id")
		names[id] = row[1]
	}
	return names
}
