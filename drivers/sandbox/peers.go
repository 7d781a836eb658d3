package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// peerRow is another member as the table nodes has it.
type peerRow struct {
	id      int64
	address string
	fresh   bool
}

// peers are the other members that are not pending.
func (c *call) peers() []peerRow {
	var out []peerRow
	l := c.tx.limits()
	for _, row := range c.tx.rows("SELECT id,address,heartbeat FROM nodes WHERE id<>? AND state<>? ORDER BY id", c.at.id,
		stateMemberPending) {
		id, err := strconv.ParseInt(row[0], 10, 64)
		c.tx.note(err, "reading a member's id")
		out = append(out, peerRow{id: id, address: row[1], fresh: time.Since(parseTime(row[2])) < l.offline})
	}
	return out
}

// peersUp refuses what all members have to take part in while one is known to be offline.
func (c *call) peersUp() error {
	for _, p := range c.peers() {
		if !p.fresh {
			return fmt.Errorf("peer node %s is down", p.address)
		}
	}
	return nil
}

// reachPeers refuses it also when one is dead but its heartbeat is still fresh. The path is what LXD calls there.
func (c *call) reachPeers(path string) error {
	verb := "Put"
	if c.Method == http.MethodDelete {
		verb = "Delete"
	}
	if err := c.peersUp(); err != nil {
		return err
	}
	for _, p := range c.peers() {
		if m := c.at.cluster.member(p.id); m == nil || !m.up {
			return fmt.Errorf("failed to notify peer %s: %w", p.address, unreachable(verb, p.address, path))
		}
	}
	return nil
}

// unreachable is what calling a dead daemon gives.
func unreachable(verb, address, path string) error {
	return fmt.Errorf("%s \"https://%s%s\": Unable to connect to: %s ([dial tcp %s: connect: connection refused])", verb,
		address, path, address, address)
}
