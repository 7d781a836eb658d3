package remote

import (
	"context"
	"slices"
	"time"

	"clusterctl/drivers"
	"clusterctl/drivers/rest"
	"clusterctl/drivers/rows"
	"clusterctl/schema"
)

// readThroughDaemon reads the database through a daemon whose socket is reached, for want of the key: direct says why
// the direct way failed.
func (c *Cluster) readThroughDaemon(ctx context.Context, h host, direct error) (schema.Cluster, error) {
	live, err := rows.Read(ctx, drivers.SQL{API: h.member, Database: "global"}, c.config.Registry, time.Time{})
	if err != nil {
		return schema.Cluster{}, err
	}
	facts := live.Facts
	facts.Source, facts.Flavour, facts.Certificate = "dqlite", h.facts.Flavour, h.facts.Certificate
	if facts.Leader, err = rest.Leader(ctx, h.member); err != nil || facts.Leader == "" {
		facts.Unseen = append(slices.Clone(facts.Unseen), schema.Sighting{What: schema.LookLeader,
			Fault: drivers.FaultOf(direct),
			Text:  "the leader of the database is not known: " + direct.Error()})
	}
	roles, err := rows.RaftRoles(ctx, drivers.SQL{API: h.member, Database: "local"})
	if err != nil {
		return schema.Cluster{}, err
	}
	facts.Members = rows.WithRoles(facts.Members, roles)
	c.noteLeader(facts)
	return schema.NewCluster(facts, live.Objects()...), nil
}
