package remote

import (
	"context"
	"errors"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"clusterctl/drivers"
	"clusterctl/drivers/rest"
)

// certificates are the fingerprints of cluster certificates that were learnt over trusted connections. They are
// accepted from every member: all members of a cluster show the same certificate.
type certificates struct {
	mu    sync.RWMutex
	known map[string]bool
}

func newCertificates() *certificates { return &certificates{known: map[string]bool{}} }

func (c *certificates) has(fingerprint string) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.known[fingerprint]
}

// add accepts a certificate from now on and reports whether it is new.
func (c *certificates) add(fingerprint string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := len(c.known)
	c.known[fingerprint] = true
	return len(c.known) > before
}

// Pins keeps between runs which certificate servers have since they are part of a cluster, for those whose earlier one
// the preseed pins. It is safe for use by several goroutines.
type Pins interface {
	// Kept returns the fingerprint of the certificate that a server at that URL, with one of those pins in the preseed,
	// was seen to have; empty for none.
	Kept(url string, pins []string) string
	// Keep is told one that was learnt over a trusted connection.
	Keep(url string, pins []string, fingerprint string)
}

// learn accepts the certificate of a clustered server from now on, and keeps it for the members that pin another one.
func (c *Cluster) learn(pem string) {
	found, err := rest.Fingerprint(pem)
	if err != nil || !c.trusted.add(found) || c.config.Pins == nil {
		return // a daemon without a certificate has none to be recognised by
	}
	for _, m := range c.members {
		if way := m.Connection.HTTPS; way != nil {
			if own, err := m.ownPins(*way); err == nil && len(own) > 0 && !own[found] {
				c.config.Pins.Keep(way.URL, slices.Sorted(maps.Keys(own)), found)
			}
		}
	}
}

// accepts reports whether a server at that URL, with those pins, may show that certificate.
func (c *Cluster) accepts(url string, own map[string]bool, found string) bool {
	return own[found] || c.trusted.has(found) ||
		c.config.Pins != nil && len(own) > 0 && c.config.Pins.Kept(url, slices.Sorted(maps.Keys(own))) == found
}

// count returns how many there are; it only grows.
func (c *certificates) count() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.known)
}

// oldLink is a second HTTPS connection to a server whose certificate is about to change. It was opened under the old
// one, so whoever answers on it has the old key, and can be believed about the new certificate.
type oldLink struct {
	api *rest.Client
	// before is the certificate, in PEM, that the server had when the connection was opened.
	before string
}

// state asks the server over it; it connects with the first call and never again.
func (w *oldLink) state(ctx context.Context, limit time.Duration) (drivers.Server, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return drivers.ServerOf(ctx, w.api)
}

func (w *oldLink) close() { w.api.CloseIdleConnections() }

var errOldLinkGone = errors.New("the connection has ended")

// once returns a function that dials from this machine the first time and fails from then on.
func once() rest.DialFunc {
	var used atomic.Bool
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if used.Swap(true) {
			return nil, errOldLinkGone
		}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
}

// vouch asks the members that are reached over SSH or a socket for the cluster's certificate, until one is clustered.
func (c *Cluster) vouch(ctx context.Context) {
	for _, m := range c.members {
		if m.Connection.HTTPS != nil {
			continue
		}
		if state, err := drivers.ServerOf(ctx, m); err == nil && state.Clustered() {
			c.learn(state.Environment.Certificate)
			return
		}
	}
}

// openOldLink opens that connection before the server is told to change. It is needed for the first member of
// a cluster alone: the certificate of a cluster that is there can be learnt before. Without one the change is
// noticed as an unknown certificate, so a failure here is not the caller's.
func (m *member) openOldLink(ctx context.Context) {
	if m.cluster.vouch(ctx); m.cluster.trusted.count() > 0 {
		return
	}
	m.oldLinkMu.Lock()
	defer m.oldLinkMu.Unlock()
	config, err := m.tls(*m.Connection.HTTPS)
	if err != nil || m.oldLink != nil {
		return
	}
	w := &oldLink{api: rest.New(rest.Config{Member: m.Name, URL: m.Connection.HTTPS.URL, TLS: config, Dial: once(),
		Turn: m.cluster.turn})}
	state, err := w.state(ctx, m.cluster.config.Timeout)
	if err != nil {
		zerolog.Ctx(ctx).Debug().Str("member", m.Name).Err(err).Msg("opening a second connection")
		return
	}
	w.before = state.Environment.Certificate
	m.oldLink = w
}

// askOldLink asks over that connection, if there is one, whether the server is clustered by now, and learns its
// certificate.
func (m *member) askOldLink(ctx context.Context) {
	m.oldLinkMu.Lock()
	defer m.oldLinkMu.Unlock()
	if m.oldLink == nil {
		return
	}
	state, err := m.oldLink.state(ctx, m.cluster.config.Timeout)
	switch {
	case err != nil:
		zerolog.Ctx(ctx).Debug().Str("member", m.Name).Err(err).Msg("asking for the server's new certificate")
	case !state.Clustered() || state.Environment.Certificate == m.oldLink.before:
		return // not yet: LXD 5.0.2 says that it is clustered a little before it changes the certificate
	default:
		m.cluster.learn(state.Environment.Certificate)
		zerolog.Ctx(ctx).Info().Str("member", m.Name).Msg("the server shows the cluster's certificate from now on")
	}
	m.oldLink.close()
	m.oldLink = nil
}
