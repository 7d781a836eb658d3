package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// beatEvery is how often the members' heartbeats are written. LXD does it every half offline_threshold; more often
// is never wrong for a reader and keeps tests quick.
const beatEvery = 2 * time.Second

// beatEvery is that, or less in a world in memory, which lives for a moment.
func (w *World) beatEvery() time.Duration {
	if w.copied != nil {
		return beatEvery / 20
	}
	return beatEvery
}

// beat writes heartbeats until the world is closed.
func (w *World) beat() {
	ticker := time.NewTicker(w.beatEvery())
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
		newest = max(newest, m.Segment)
	}
	for _, m := range c.members() {
		if m.up() {
			m.Segment = newest + 1
			t.exec("UPDATE nodes SET heartbeat=? WHERE id=?", now, m.NodeID)
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

// settleRoles gives out Raft roles by what the table nodes says of the members, and tells the members. Those with the
// role database-client have none (incus 7.0.2).
func (c *cluster) settleRoles(t *tx) error {
	clients := t.column("SELECT node_id FROM nodes_roles WHERE role=?", cmp.Or(t.server.Roles["database-client"], "-1"))
	fresh, domains := map[uint64]bool{}, map[uint64]string{}
	for _, m := range t.memberRows() {
		id, isClient := uint64(m.id), slices.Contains(clients, fmt.Sprint(m.id))
		fresh[id], domains[id] = m.fresh && m.state != stateMemberPending && !isClient, m.domain
		if isClient && len(c.voters()) > 1 {
			c.release(id)
		}
	}
	c.rebalance(t.limits(), func(id uint64) bool { return fresh[id] }, func(id uint64) string { return domains[id] })
	c.elect()
	return c.storeRaft(t)
}
