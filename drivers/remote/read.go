package remote

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"clusterctl/drivers"
	"clusterctl/drivers/dqlite"
	"clusterctl/drivers/rest"
	"clusterctl/drivers/rows"
	"clusterctl/schema"
)

const (
	// electionLimit is how long a read waits for a leader: an election takes LXD 5.0.2 about six seconds after the
	// leader died.
	electionLimit = 12 * time.Second
	electionPause = 500 * time.Millisecond
	// minLists is how many bytes lists may have in any case.
	minLists = 16 << 20
)

// Read implements drivers.Reader. It fails when no member can be reached, when the database has no leader for 12
// seconds, and when neither the database nor the REST API of a clustered member can be read.
func (c *Cluster) Read(ctx context.Context) (schema.Cluster, error) {
	ctx = drivers.Together(ctx, max(c.config.MaxLists, minLists))
	c.unlock(ctx)
	early := c.readAhead(ctx)
	defer early.end()
	hosts := c.visit(ctx, func(h host) { early.offer(ctx, h) })
	var live schema.Cluster
	err := allFaulty(hosts)
	if err == nil {
		live, err = c.readServers(ctx, hosts, early)
		err = besides(err, hosts)
	} else if waiting := starting(hosts); len(waiting) > 0 {
		live, err = c.readPast(ctx, waiting, err)
	}
	if err != nil {
		return schema.Cluster{}, err
	}
	facts := live.Facts
	if facts.Clustered {
		c.lookAtJoins(ctx, hosts, facts)
	}
	c.lookAtBootstraps(ctx, hosts)
	facts.Hosts = map[string]schema.HostFacts{}
	for _, h := range hosts {
		facts.Hosts[h.member.Name] = h.facts
	}
	facts.SecretSet = c.compareSecrets(ctx, facts)
	if facts.Clustered {
		var unseen []schema.Sighting
		live, unseen = withLocalKeys(live, hosts, c.forwarded(ctx, hosts, facts), facts)
		facts.Unseen = append(slices.Clone(facts.Unseen), unseen...)
	}
	return live.With(facts), nil
}

// besides adds to the error of reading a cluster who of its members was not reached before.
func besides(err error, hosts []host) error {
	var others []string
	for _, h := range hosts {
		if h.facts.Fault != "" {
			others = append(others, h.member.Name+" ("+h.facts.Fault+")")
		}
	}
	if err == nil || len(others) == 0 {
		return err
	}
	return fmt.Errorf("%w; not reached: %s", err, strings.Join(others, ", "))
}

// readServers reads the cluster or, while there is none, the server that bootstraps one.
func (c *Cluster) readServers(ctx context.Context, hosts []host, early *ahead) (schema.Cluster, error) {
	first := c.member(c.config.Bootstrap)
	for in := clustered(hosts, c.config.Bootstrap); len(in) > 0; in = clustered(hosts, c.config.Bootstrap) {
		drivers.Met(ctx, in[0].facts.Flavour)
		live, err := c.readCluster(ctx, hosts, in, early)
		if err != nil || !c.halfBootstrapped(ctx, in, live.Facts) {
			return live, err
		}
		i := slices.IndexFunc(hosts, func(h host) bool { return h.member == in[0].member })
		hosts[i].facts.Clustered, hosts[i].facts.HalfBootstrapped = false, true
		if in[0].member == first {
			return alone(live), nil
		}
	}
	i := slices.IndexFunc(hosts, func(h host) bool { return h.member == first })
	if first == nil || hosts[i].facts.Fault != "" {
		// What is on it is not known; that it cannot be reached is a fact already.
		return schema.NewCluster(schema.Facts{Source: "rest",
			Unseen: []schema.Sighting{{What: schema.LookServer, Member: c.config.Bootstrap,
				Fault: schema.FaultUnreachable, Text: fmt.Sprintf("what %s has is not seen: it cannot be reached",
					c.config.Bootstrap)}}}), nil
	}
	return rest.ReadStandalone(ctx, first, c.config.Registry, first.Name)
}

// readCluster reads the database: through a daemon whose socket is reached, which takes no key and the fewest round
// trips; directly where there is none or it fails, and then through the others. Where neither is possible the REST API
// is read.
func (c *Cluster) readCluster(ctx context.Context, all, hosts []host, early *ahead) (schema.Cluster, error) {
	doors, reads := early.among(ctx, all, hosts)
	if !reads {
		early = nil
	}
	var errs []error
	for _, h := range doors[:min(1, len(doors))] {
		live, err := c.readThroughDaemon(ctx, h, hosts, early)
		if err == nil || ctx.Err() != nil {
			return live, err
		}
		zerolog.Ctx(ctx).Debug().Err(err).Str("member", h.member.Name).Msg("the daemon does not read its database")
		errs = append(errs, err)
	}
	live, err := c.readDatabase(ctx, hosts)
	if err == nil || drivers.Is(err, drivers.NoLeader) || ctx.Err() != nil {
		return live, err
	}
	zerolog.Ctx(ctx).Debug().Err(err).Msg("the database cannot be read directly")
	errs = append([]error{err}, errs...)
	for _, h := range doors[min(1, len(doors)):] {
		live, throughErr := c.readThroughDaemon(ctx, h, hosts, nil)
		if throughErr == nil {
			return live, nil
		}
		errs = append(errs, throughErr)
	}
	for _, h := range hosts {
		live, restErr := rest.Read(ctx, h.member, c.config.Registry, false)
		if restErr == nil {
			facts := live.Facts
			facts.Unseen = append([]schema.Sighting{{What: schema.LookDatabase, Fault: drivers.FaultOf(err),
				Text: "the database was not read: " + err.Error()}}, facts.Unseen...)
			c.noteLeader(facts)
			return live.With(facts), nil
		}
		errs = append(errs, restErr)
	}
	return schema.Cluster{}, errors.Join(errs...)
}

// readPast reads the database past daemons that all start, or wait for others to be upgraded, and therefore answer
// nothing else. Where it cannot be read, the answer is that nobody answers.
func (c *Cluster) readPast(ctx context.Context, hosts []host, nobody error) (schema.Cluster, error) {
	live, err := c.readDatabase(ctx, hosts)
	if err != nil {
		zerolog.Ctx(ctx).Debug().Err(err).Msg("the database cannot be read past daemons that start")
		return schema.Cluster{}, nobody
	}
	return live, nil
}

// readDatabase reads the database, and waits while it has no leader.
func (c *Cluster) readDatabase(ctx context.Context, hosts []host) (schema.Cluster, error) {
	defer drivers.Waiting(ctx, "", "the database, and its leader")()
	limit := time.Now().Add(electionLimit)
	for {
		k, err := c.databaseKeys(ctx, hosts)
		if err != nil {
			return schema.Cluster{}, err
		}
		live, err := c.readWith(ctx, k, hosts)
		switch {
		case err == nil:
			return live, nil
		case drivers.Is(err, drivers.Denied), drivers.Is(err, drivers.Certificate):
			c.dropKeys(k) // those of a server that was installed anew
			return schema.Cluster{}, err
		case !drivers.Is(err, drivers.NoLeader) || time.Now().After(limit):
			return schema.Cluster{}, err
		}
		zerolog.Ctx(ctx).Debug().Err(err).Msg("waiting for a leader")
		if !drivers.Pause(ctx, electionPause) {
			return schema.Cluster{}, err
		}
	}
}

func (c *Cluster) readWith(ctx context.Context, k *keys, hosts []host) (schema.Cluster, error) {
	began := time.Now()
	db, err := dqlite.Open(ctx, c.databaseConfig(k, hosts))
	if err != nil {
		return schema.Cluster{}, err
	}
	defer db.Close()
	live, err := rows.Read(ctx, db, c.config.Registry, time.Time{})
	if err != nil {
		return schema.Cluster{}, err
	}
	zerolog.Ctx(ctx).Debug().Int("trips", db.RoundTrips()).Dur("took", time.Since(began)).Msg("read the database")
	facts := live.Facts
	facts.Source, facts.Flavour, facts.Certificate = "dqlite", hosts[0].facts.Flavour, k.cluster
	facts.Members = rows.WithRoles(facts.Members, db.Roles())
	for name, m := range facts.Members {
		if m.Address == db.Leader() {
			facts.Leader = name
		}
	}
	if db.Roles() == nil {
		facts.Unseen = append(slices.Clone(facts.Unseen), schema.Sighting{What: schema.LookRoles, Member: facts.Leader,
			Text: "the roles of members in the database were not read: the leader did not tell"})
	}
	c.noteLeader(facts)
	return live.With(facts), nil
}

// noteLeader remembers whom to ask first.
func (c *Cluster) noteLeader(facts schema.Facts) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leader = facts.Members[facts.Leader].Address
	c.entrance = nil
}

// compareSecrets says of the trust password whether the stored one is the desired one. Nothing is said when one of
// them is not known.
func (c *Cluster) compareSecrets(ctx context.Context, facts schema.Facts) map[string]bool {
	same, err := rows.CompareSecrets(facts, c.config.Secret)
	if err != nil {
		zerolog.Ctx(ctx).Debug().Msg("secrets are not compared: the preseed has none, or they have no value")
	}
	return same
}
