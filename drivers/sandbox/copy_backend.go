package sandbox

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"clusterctl/drivers"
	"clusterctl/drivers/rest"
	"clusterctl/drivers/rows"
	"clusterctl/schema"
)

// Backend reaches a copy: calls go to the daemons' handlers inside the process, and readings look into the database. It
// runs no commands. Close ends the connections, not the world.
func (w *World) Backend() drivers.Backend {
	return &copyBackend{world: w, turn: rest.NewTurn(), clients: map[string]*rest.Client{}}
}

type copyBackend struct {
	world *World
	turn  rest.Turn
	// changes counts the calls that may have changed something, read is what was read after so many.
	changes atomic.Int64

	mu      sync.Mutex
	clients map[string]*rest.Client

	// reading guards these.
	reading sync.Mutex
	read    *schema.Cluster
	after   int64
}

// API implements drivers.Backend.
func (b *copyBackend) API(_ context.Context, member string) (drivers.API, error) {
	if member == "" {
		return anyOf{b}, nil
	}
	if b.world.labelled(member) == nil {
		return nil, &drivers.Error{Kind: drivers.Unreachable, Op: "connecting", Member: member,
			Err: errors.New("nobody knows how to reach it")}
	}
	return counted{b, b.client(member)}, nil
}

// copyURL is none of a socket: its connections would be closed after each call, for the sake of real daemons.
const copyURL = "http://copy"

func (b *copyBackend) client(member string) *rest.Client {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.clients[member] == nil {
		b.clients[member] = rest.New(rest.Config{Member: member, URL: copyURL,
			Dial: rest.SocketDial(b.world.dialCopy, member), Turn: b.turn})
	}
	return b.clients[member]
}

// counted is an API that notes changes.
type counted struct {
	backend *copyBackend
	drivers.API
}

// Do implements drivers.API.
func (c counted) Do(ctx context.Context, call drivers.Call) (drivers.Reply, error) {
	if call.Method != http.MethodGet {
		defer c.backend.changes.Add(1)
	}
	return c.API.Do(ctx, call)
}

// anyOf is the API of the leader, or else of a member of the cluster that runs.
type anyOf struct{ backend *copyBackend }

// Do implements drivers.API.
func (a anyOf) Do(ctx context.Context, call drivers.Call) (drivers.Reply, error) {
	w, name := a.backend.world, ""
	w.mu.Lock()
	if c := w.clustered(); c != nil {
		c.elect()
		for _, m := range c.members() {
			if m.up() && w.reached(m.Label) && (name == "" || uint64(m.NodeID) == c.leader) {
				name = m.Label
			}
		}
	}
	w.mu.Unlock()
	if name == "" {
		return drivers.Reply{}, &drivers.Error{Kind: drivers.Unreachable, Op: "looking for a member of the cluster",
			Err: errors.New("no member runs")}
	}
	return counted{a.backend, a.backend.client(name)}.Do(ctx, call)
}

// clustered is the cluster of a copy, nil while there is none. The caller holds the lock.
func (w *World) clustered() *cluster {
	all := w.clusters()
	if i := slices.IndexFunc(all, func(c *cluster) bool { return c.clustered }); i >= 0 {
		return all[i]
	}
	return nil
}

// Read implements drivers.Reader. What nothing has changed since is not read again.
func (b *copyBackend) Read(ctx context.Context) (schema.Cluster, error) {
	b.reading.Lock()
	defer b.reading.Unlock()
	changes := b.changes.Load()
	if b.read != nil && b.after == changes {
		return *b.read, nil
	}
	live, err := b.world.read(ctx)
	if err != nil {
		return live, err
	}
	if !live.Facts.Clustered {
		first := b.world.copied.Bootstrap
		hosts := live.Facts.Hosts
		if live, err = rest.ReadStandalone(ctx, b.client(first), b.world.copied.Registry, first); err != nil {
			return live, err
		}
		live.Facts.Hosts = hosts
	}
	b.read, b.after = &live, changes
	return live, nil
}

// read looks into the databases: that of the cluster, if there is one, and those of the members.
func (w *World) read(ctx context.Context) (live schema.Cluster, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	hosts := map[string]schema.HostFacts{}
	for _, m := range w.members {
		own, err := m.config(ctx)
		if err != nil {
			return live, err
		}
		hosts[m.Label] = schema.HostFacts{Clustered: m.cluster.clustered, Name: m.ServerName, Config: own}
	}
	c := w.clustered()
	if c == nil {
		return schema.NewCluster(schema.Facts{Hosts: hosts}), nil
	}
	err = view(ctx, c.db, func(t *tx) error {
		live, err = rows.Read(ctx, rows.SQL(t.sql), w.copied.Registry, w.now())
		return err
	})
	if err != nil {
		return live, err
	}
	facts := live.Facts
	facts.Hosts, facts.Source, facts.Flavour = hosts, "dqlite", w.copied.Live.Facts.Flavour
	roles := map[string]schema.RaftRole{}
	for _, n := range c.raft {
		roles[n.Address] = raftRoles[n.Role]
		if n.ID == c.leader {
			facts.Leader = c.nameOf(n.Address, facts)
		}
	}
	facts.Members = rows.WithRoles(facts.Members, roles)
	return schema.NewCluster(facts, withOwnKeys(live.Objects(), c)...), nil
}

func (c *cluster) nameOf(address string, facts schema.Facts) string {
	for name, m := range facts.Members {
		if m.Address == address {
			return name
		}
	}
	return ""
}

// withOwnKeys adds to the server's configuration what each member has for itself.
func withOwnKeys(objects []schema.Object, c *cluster) []schema.Object {
	i := slices.IndexFunc(objects, func(o schema.Object) bool { return o.Ref.Kind == schema.KindServer })
	if i < 0 {
		return objects
	}
	server := objects[i].Clone()
	server.Members = map[string]schema.Part{}
	for _, m := range c.members() {
		if own, err := m.config(c.world.ctx); err == nil && m.up() {
			server.Members[m.ServerName] = schema.Part{Config: own, State: schema.StateCreated}
		}
	}
	objects[i] = server
	return objects
}

// Close implements drivers.Backend.
func (b *copyBackend) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, client := range b.clients {
		client.CloseIdleConnections()
	}
	return nil
}
