package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"clusterctl/drivers"
	"clusterctl/drivers/dqlite"
	"clusterctl/drivers/rest"
)

// keys are what opens the cluster's database: a member's own certificate and the cluster's certificate.
type keys struct {
	from        *member
	certificate tls.Certificate
	cluster     string // PEM
}

var errNoKeys = errors.New("no member is reached over SSH or its socket, where the key to the database lies")

// databaseKeys returns the key material of the first of the members whose files can be read. It is kept while that
// member is among them: a removed member's key opens nothing.
func (c *Cluster) databaseKeys(ctx context.Context, hosts []host) (*keys, error) {
	c.mu.Lock()
	held := c.keys
	c.mu.Unlock()
	if held != nil && slices.ContainsFunc(hosts, func(h host) bool { return h.member == held.from }) {
		return held, nil
	}
	err := errNoKeys
	for _, h := range hosts {
		if !h.facts.Socket {
			continue
		}
		if err = c.fetchKeys(ctx, h.member); err == nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			return c.keys, nil
		}
	}
	return nil, err
}

// fetchKeys reads the key material of the member and keeps it.
func (c *Cluster) fetchKeys(ctx context.Context, m *member) error {
	began := time.Now()
	k, err := m.readKeys(ctx, false)
	zerolog.Ctx(ctx).Debug().Str("member", m.Name).Dur("took",
		time.Since(began)).Err(err).Msg("read the key to the database")
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keys = k
	return nil
}

// readKeys reads the key material of the member. With orServer its own certificate takes the place of the cluster's
// where there is none, as LXD does (lxd 5.0.2, lxd/util/encryption.go LoadCert).
func (m *member) readKeys(ctx context.Context, orServer bool) (*keys, error) {
	l, err := m.link(ctx)
	if err != nil {
		return nil, err
	}
	f, err := l.files(ctx)
	if err != nil {
		return nil, err
	}
	certificate, err := tls.X509KeyPair(f.ServerCertificate, f.ServerKey)
	if err != nil {
		return nil, fmt.Errorf("reading the server certificate of %s: %w", m.Name, err)
	}
	if orServer && len(f.ClusterCertificate) == 0 {
		f.ClusterCertificate = f.ServerCertificate
	}
	if _, err := rest.Fingerprint(string(f.ClusterCertificate)); err != nil {
		return nil, fmt.Errorf("reading the cluster certificate of %s: %w", m.Name, err)
	}
	return &keys{from: m, certificate: certificate, cluster: string(f.ClusterCertificate)}, nil
}

// dropKeys forgets key material that was refused, as that of a member that was removed is.
func (c *Cluster) dropKeys(k *keys) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys == k {
		c.keys = nil
	}
}

func (c *Cluster) databaseConfig(k *keys, hosts []host) dqlite.Config {
	c.mu.Lock()
	leader := c.leader
	c.mu.Unlock()
	var addresses []string
	for _, h := range hosts {
		switch address := h.address(); {
		case address == leader:
			addresses = append([]string{address}, addresses...)
		case h.facts.Fault == "", h.facts.FaultKind == drivers.Starting:
			addresses = append(addresses, address)
		}
	}
	return dqlite.Config{Addresses: addresses, Dial: databaseDialer{c, k.from},
		TLS: rest.PinnedTLS(&k.certificate, k.cluster)}
}

// databaseDialer reaches cluster addresses from where the members are: through the SSH connection of the member with
// that address, else through that of the member that gave the key, else from this machine.
type databaseDialer struct {
	cluster *Cluster
	from    *member
}

// DialContext implements drivers.Dialer.
func (d databaseDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	var dialer drivers.Dialer
	for _, m := range d.cluster.members {
		if m == d.from || m.Address == address {
			if via := m.dialer(); via != nil && (dialer == nil || m.Address == address) {
				dialer = via
			}
		}
	}
	if dialer == nil {
		dialer = &net.Dialer{}
	}
	return dialer.DialContext(ctx, network, address)
}

// dialer returns what opens connections at the member's end, nil when there is no such connection now.
func (m *member) dialer() drivers.Dialer {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held == nil || ended(m.held.done) {
		return nil
	}
	return m.held.dial
}
