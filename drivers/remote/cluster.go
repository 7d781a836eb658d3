package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"clusterctl/drivers"
	"clusterctl/drivers/rest"
	"clusterctl/drivers/ssh"
	"clusterctl/schema"
)

const (
	defaultParallelism = 8
	defaultTimeout     = 15 * time.Second
)

// Config says which members there are and what may be used to reach them.
type Config struct {
	Members []schema.Member
	// Bootstrap is the name of the member that is read while no member is clustered; empty means the first.
	Bootstrap string
	Registry  schema.Registry
	// Secret returns the value of a secret by its name in schema.Preseed.Secrets; nil when there are none.
	Secret func(name string) (string, error)
	// ReadFile reads a file of this machine: client certificates, and what lies beside a unix socket. Nil means
	// os.ReadFile.
	ReadFile func(path string) ([]byte, error)
	// Home is the user's home folder, SSHConfig the path of an OpenSSH client configuration (empty: the usual one
	// in Home), AgentSocket the path of the SSH agent's socket (empty: none).
	Home, SSHConfig, AgentSocket string
	// Timeout limits connecting to one member, and its first answer; zero means 15 seconds.
	Timeout time.Duration
	// Pins keeps certificates between runs; nil for none.
	Pins Pins
	// AskHidden asks for a passphrase or a password, see [ssh.Ring]; nil asks nobody.
	AskHidden func(ctx context.Context, what string, opens func(typed []byte) error) error
	// Parallelism limits how many members are connected to at once; zero means 8.
	Parallelism int
	// MaxLists is how many bytes the lists of all servers may have in one reading over REST: as objects they take ten
	// times as much. It is 16 MiB at least.
	MaxLists int64
}

// Cluster is the members of a preseed and the connections to them. It is safe for use by several goroutines.
type Cluster struct {
	config  Config
	members []*member
	trusted *certificates
	turn    rest.Turn
	ring    ssh.Ring

	mu   sync.Mutex
	keys *keys
	// entrance is the member that [Cluster.API] gives for an empty name; nil until one was found.
	entrance *member
	// leader is the address of the database's leader at the last read.
	leader string
}

var _ drivers.Backend = (*Cluster)(nil)

// Open returns the cluster. It connects to nobody; that happens with the first call that needs a member.
func Open(c Config) *Cluster {
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.Parallelism == 0 {
		c.Parallelism = defaultParallelism
	}
	if c.Bootstrap == "" && len(c.Members) > 0 {
		c.Bootstrap = c.Members[0].Name
	}
	if c.ReadFile == nil {
		c.ReadFile = drivers.ReadFile
	}
	if c.Secret == nil {
		c.Secret = func(name string) (string, error) { return "", fmt.Errorf("there is no secret %q", name) }
	}
	cluster := &Cluster{config: c, trusted: newCertificates(), turn: rest.NewTurn(), ring: ssh.Ring{Ask: c.AskHidden}}
	for _, m := range c.Members {
		cluster.members = append(cluster.members, &member{Member: m, cluster: cluster})
	}
	return cluster
}

// API implements drivers.Backend. The API that it returns for a member connects again by itself when its connection
// is lost. That for an empty name stays with one member until that one cannot be reached, and then looks for another.
func (c *Cluster) API(ctx context.Context, name string) (drivers.API, error) {
	if name == "" {
		if _, err := c.enter(ctx); err != nil {
			return nil, err
		}
		return anyMember{c}, nil
	}
	m := c.member(name)
	if m == nil {
		return nil, &drivers.Error{Kind: drivers.Unreachable, Op: "connecting", Member: name,
			Err: errors.New("the preseed does not say how to reach it")}
	}
	if _, err := m.link(ctx); err != nil {
		return nil, err
	}
	return m, nil
}

// Close implements drivers.Backend.
func (c *Cluster) Close() error {
	errs := schema.Map(c.members, func(m *member) error { return m.close() })
	return errors.Join(errs...)
}

func (c *Cluster) member(name string) *member {
	i := slices.IndexFunc(c.members, func(m *member) bool { return m.Name == name })
	if i < 0 {
		return nil
	}
	return c.members[i]
}

// anyMember is the API of whichever member answers.
type anyMember struct{ cluster *Cluster }

// Do implements drivers.API.
func (a anyMember) Do(ctx context.Context, call drivers.Call) (drivers.Reply, error) {
	m, err := a.cluster.enter(ctx)
	if err != nil {
		return drivers.Reply{}, err
	}
	reply, err := m.Do(ctx, call)
	switch drivers.KindOf(err) {
	case drivers.Unreachable, drivers.Certificate, drivers.NoLeader, drivers.Starting:
		a.cluster.leave(m)
	}
	if call.Method == http.MethodDelete && strings.HasPrefix(call.Path, "/1.0/cluster/members/") {
		a.cluster.leave(m) // it may be the one that was removed
	}
	return reply, err
}

// enter returns a clustered member that answers: the one used before, else the leader, else any.
func (c *Cluster) enter(ctx context.Context) (*member, error) {
	c.mu.Lock()
	entrance, leader := c.entrance, c.leader
	c.mu.Unlock()
	if entrance != nil {
		return entrance, nil
	}
	order := slices.Clone(c.members)
	slices.SortStableFunc(order, func(a, b *member) int { return rank(a, leader) - rank(b, leader) })
	var errs []error
	for _, m := range order {
		var state drivers.Server
		var err error
		if unready := m.whileReady(ctx, func(ctx context.Context) { state, err = drivers.ServerOf(ctx, m) }); unready != nil {
			err = unready
		}
		switch {
		case err != nil:
			errs = append(errs, err)
		case state.Clustered():
			c.mu.Lock()
			c.entrance = m
			c.mu.Unlock()
			return m, nil
		}
	}
	if len(errs) == 0 {
		errs = append(errs, errors.New("no member of the preseed is part of a cluster"))
	}
	return nil, &drivers.Error{Kind: drivers.Unreachable, Op: "looking for a member of the cluster",
		Err: errors.Join(errs...)}
}

func rank(m *member, leader string) int {
	if m.Address == leader {
		return 0
	}
	return 1
}

// leave gives up the entrance if it is that member.
func (c *Cluster) leave(m *member) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entrance == m {
		c.entrance = nil
	}
}
