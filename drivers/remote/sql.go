package remote

import (
	"context"
	"slices"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"clusterctl/drivers"
	"clusterctl/drivers/rest"
	"clusterctl/drivers/rows"
	"clusterctl/schema"
)

// doorLimit is how long a daemon may take to answer the first question about its database: without a leader it looks
// for one meanwhile, and says nothing (lxd 5.0.2).
const doorLimit = 5 * time.Second

type directKey struct{}

// Directly returns a context under which [Cluster.Read] reads the database in its own protocol even where a daemon's
// socket is at hand. Both ways give the same objects: a test holds them against each other.
func Directly(ctx context.Context) context.Context { return context.WithValue(ctx, directKey{}, true) }

func directly(ctx context.Context) bool {
	on, _ := ctx.Value(directKey{}).(bool)
	return on
}

// door is the database as a daemon reads it.
type door struct {
	drivers.SQL
	calls int
}

// Query implements rows.Querier.
func (d *door) Query(ctx context.Context, statement string) ([][]drivers.Cell, error) {
	if d.calls++; d.calls == 1 {
		limited, cancel := context.WithTimeout(ctx, doorLimit)
		defer cancel()
		ctx = limited
	}
	return d.SQL.Query(ctx, statement)
}

// isDoor reports that the database is to be read through the daemon of a host.
func isDoor(ctx context.Context, h host) bool { return h.facts.Socket && !directly(ctx) }

// readRows reads what the database has through a daemon, and says how often it asked.
func (c *Cluster) readRows(ctx context.Context, h host) (schema.Cluster, int, error) {
	global := &door{SQL: drivers.SQL{API: h.member, Database: "global"}}
	live, err := rows.Read(ctx, global, c.config.Registry, time.Time{})
	return live, global.calls, err
}

// readThroughDaemon reads the database through a daemon whose socket is reached, unless early has done so. Who leads,
// and the roles in the database, are asked for meanwhile.
func (c *Cluster) readThroughDaemon(ctx context.Context, h host, hosts []host, early *ahead) (schema.Cluster, error) {
	began := time.Now()
	var live schema.Cluster
	var calls int
	var found leading
	group, both := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		if early != nil {
			live, calls, err = early.take()
		}
		if early == nil || err == nil && !settled(live.Facts, hosts) {
			live, calls, err = c.readRows(both, h)
		}
		return err
	})
	group.Go(func() error {
		found = askLeading(both, h, hosts)
		return nil
	})
	if err := group.Wait(); err != nil {
		return schema.Cluster{}, err
	}
	if c.lost(found.leader, hosts) { // asked during an election, which is over: the database has answered
		calls := found.calls
		found = askLeading(ctx, h, hosts)
		found.calls += calls
	}
	zerolog.Ctx(ctx).Debug().Str("through", h.member.Name).Int("trips", calls+found.calls).Bool("ahead", early != nil).
		Dur("took", time.Since(began)).Msg("read the database")
	facts := live.Facts
	facts.Source, facts.Flavour, facts.Certificate = "dqlite", hosts[0].facts.Flavour, hosts[0].facts.Certificate
	facts.Leader, facts.Members = found.leader, rows.WithRoles(facts.Members, found.roles)
	facts.Unseen = append(slices.Clone(facts.Unseen), found.unseen...)
	c.noteLeader(facts)
	return live.With(facts), nil
}

// leading is what the database has not: who leads it, and the roles by address.
type leading struct {
	leader string
	roles  map[string]schema.RaftRole
	unseen []schema.Sighting
	calls  int
}

// lost reports whether that is a member of ours that is not among those that were reached.
func (c *Cluster) lost(name string, reached []host) bool {
	m := c.member(name)
	return m != nil && !slices.ContainsFunc(reached, func(h host) bool { return h.member == m })
}

// askLeading asks a daemon who leads, and then the leader for the roles, which its heartbeats bring to the others; the
// daemon itself where the leader's socket is not reached.
func askLeading(ctx context.Context, h host, hosts []host) leading {
	out := leading{calls: 2}
	var err error
	if out.leader, err = rest.Leader(ctx, h.member); err != nil || out.leader == "" {
		s := schema.Sighting{What: schema.LookLeader, Fault: drivers.FaultOf(err),
			Text: "the leader of the database is not known"}
		if err != nil {
			s.Text += ": " + err.Error()
		}
		out.unseen = append(out.unseen, s)
	}
	for _, other := range hosts {
		if other.facts.Socket && other.facts.Name == out.leader {
			h = other
		}
	}
	if out.roles, err = rows.RaftRoles(ctx, drivers.SQL{API: h.member, Database: "local"}); err != nil {
		out.unseen = append(out.unseen, schema.Sighting{What: schema.LookRoles, Member: h.member.Name,
			Fault: drivers.FaultOf(err), Text: "the roles of members in the database were not read: " + err.Error()})
	}
	return out
}
