package remote

import (
	"context"
	"time"

	"clusterctl/drivers/dqlite"
)

// DropConnections makes every member connect anew with its next call, and leaves what was learnt about certificates.
func (c *Cluster) DropConnections() {
	for _, m := range c.members {
		m.mu.Lock()
		if m.held != nil {
			m.held.api.CloseIdleConnections()
		}
		m.mu.Unlock()
	}
}

// DatabaseConfig returns how to reach the database through the members that answer, for those who ask it themselves,
// such as dqlite.Cluster. It fails when no member's key can be read.
func (c *Cluster) DatabaseConfig(ctx context.Context) (dqlite.Config, error) {
	hosts := clustered(c.visit(ctx, func(host) {}), c.config.Bootstrap)
	k, err := c.databaseKeys(ctx, hosts)
	if err != nil {
		return dqlite.Config{}, err
	}
	return c.databaseConfig(k, hosts), nil
}

// VisitLimit is how long a member may take to say what it is, in a reading that has the time of that context.
func (c *Cluster) VisitLimit(ctx context.Context) time.Duration { return c.visitLimit(ctx) }
