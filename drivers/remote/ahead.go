package remote

import (
	"context"
	"slices"
	"sync"

	"clusterctl/drivers"
	"clusterctl/drivers/ssh"
	"clusterctl/schema"
)

var _ drivers.Approacher = (*Cluster)(nil)

// early is an SSH connection that is being made before anybody needs it.
type early struct {
	cancel context.CancelFunc
	done   chan struct{} // closed when the rest is known
	client *ssh.Client
	err    error
}

// Approach implements drivers.Approacher.
func (c *Cluster) Approach(ctx context.Context) {
	for _, m := range c.members[:min(len(c.members), c.config.Parallelism)] {
		way := m.Connection.SSH
		if way == nil || way.Become != "" || way.TrustOnFirstUse {
			continue
		}
		config := m.sshConfig(*way)
		config.Ring = nil // nobody is asked for a passphrase yet
		ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
		e := &early{cancel: cancel, done: make(chan struct{})}
		m.early.Store(e)
		go func() {
			defer close(e.done)
			e.client, e.err = ssh.Dial(ctx, config)
		}()
	}
}

// end gives up the connection.
func (e *early) end() error {
	e.cancel()
	<-e.done
	if e.client == nil {
		return nil
	}
	return e.client.Close()
}

// dialSSH connects over SSH, or takes the connection that was made early. An early attempt that found nobody counts as
// one; any other fault may have had another reason.
func (m *member) dialSSH(ctx context.Context, way schema.SSH) (*ssh.Client, error) {
	if e := m.early.Swap(nil); e != nil {
		defer e.cancel()
		select {
		case <-e.done:
		case <-ctx.Done():
			e.cancel()
			<-e.done
		}
		switch {
		case e.client != nil && !ended(e.client.Done()):
			return e.client, nil
		case (drivers.Is(e.err, drivers.Unreachable) || drivers.Is(e.err, drivers.Timeout)) && ctx.Err() == nil:
			return nil, e.err
		}
	}
	return ssh.Dial(ctx, m.sshConfig(way))
}

// ahead is a reading of the database through the first daemon that answers, while the others are still connected to:
// each takes as long as the other. It counts where all members are at work, so that it does not matter which of them
// was asked before the database; otherwise the database is read once more, after all of them.
type ahead struct {
	once    sync.Once
	offered chan struct{} // closed when through is known
	through host
	cancel  context.CancelFunc

	done chan struct{} // closed when what follows is known
	live schema.Cluster
	err  error
	// calls is how often the daemon was asked.
	calls int
}

// readAhead reads through the first host that is offered. The caller ends it.
func (c *Cluster) readAhead(ctx context.Context) *ahead {
	ctx, cancel := context.WithCancel(ctx)
	a := &ahead{offered: make(chan struct{}), cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(a.done)
		select {
		case <-a.offered:
			a.live, a.calls, a.err = c.readRows(ctx, a.through)
		case <-ctx.Done():
		}
	}()
	return a
}

// offer is told of each host that was asked.
func (a *ahead) offer(ctx context.Context, h host) {
	if h.facts.Fault == "" && h.facts.Clustered && isDoor(ctx, h) {
		a.once.Do(func() {
			a.through = h
			close(a.offered)
		})
	}
}

// end ends the reading where it goes on, and forgets what it has read, which may be large.
func (a *ahead) end() {
	a.cancel()
	<-a.done
	a.live = schema.Cluster{}
}

// take waits for what was read, and keeps none of it. Its context ends with that of the reading of all.
func (a *ahead) take() (live schema.Cluster, calls int, err error) {
	<-a.done
	live, a.live = a.live, schema.Cluster{}
	return live, a.calls, a.err
}

// among returns the hosts of one cluster with the one first that the database is read through already. That one is
// none, and its reading ended, where not all hosts are of the cluster.
func (a *ahead) among(ctx context.Context, hosts, in []host) (doors []host, reads bool) {
	doors = schema.Filter(in, func(h host) bool { return isDoor(ctx, h) })
	if len(in) < len(hosts) || len(doors) == 0 {
		a.end()
		return doors, false
	}
	i := slices.IndexFunc(doors, func(h host) bool { return h.member == a.through.member })
	return slices.Concat(doors[i:i+1], doors[:i], doors[i+1:]), true
}

// settled reports that the database has a member for each host, and none whose join has not ended.
func settled(facts schema.Facts, hosts []host) bool {
	for _, m := range facts.Members {
		if m.State == schema.StatePending {
			return false
		}
	}
	return !slices.ContainsFunc(hosts, func(h host) bool {
		_, listed := facts.Members[h.member.Name]
		return !listed
	})
}
