package remote

import (
	"context"

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
