package remote

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"clusterctl/drivers"
	"clusterctl/drivers/rest"
	"clusterctl/schema"
)

// clientName is the name under which the client certificate is put into a trust store.
const clientName = "clusterctl"

// How often and with which pauses a daemon is asked whether it trusts us by now.
const (
	trustTries = 10
	trustPause = 100 * time.Millisecond
)

// connectHTTPS prepares the connection and makes the daemon trust us, if it does not yet and a password or token is
// given.
func (m *member) connectHTTPS(ctx context.Context, way schema.HTTPS) (*link, error) {
	config, err := m.tls(way)
	if err != nil {
		return nil, &drivers.Error{Kind: drivers.Invalid, Op: "connecting to " + way.URL, Member: m.Name, Err: err}
	}
	api := rest.New(rest.Config{Member: m.Name, URL: way.URL, TLS: config})
	l := &link{api: api, close: func() error {
		api.CloseIdleConnections()
		return nil
	}}
	if way.Password == "" && way.Token == "" {
		return l, nil
	}
	return l, m.introduce(ctx, api, way)
}

// introduce adds our certificate to the trust store of a daemon that does not trust us. The members of a cluster share
// one, and a token is good for one use, so members are introduced to one after the other.
func (m *member) introduce(ctx context.Context, api drivers.API, way schema.HTTPS) error {
	if state, err := drivers.ServerOf(ctx, api); err != nil || state.Trusted() {
		return err
	}
	c := m.cluster
	c.introducing.Lock()
	defer c.introducing.Unlock()
	if c.introduced && awaitTrust(ctx, api) {
		return nil // by what another member was told
	}
	fail := func(err error) error {
		return &drivers.Error{Kind: drivers.Denied, Op: "being trusted by " + way.URL, Member: m.Name, Err: err}
	}
	if way.Certificate == "" {
		return fail(errors.New("a password or a token is of use only with a client certificate: give connection.https.certificate and key"))
	}
	secret, err := c.config.Secret(cmp.Or(way.Token, way.Password))
	if err != nil {
		return fail(err)
	}
	err = rest.AddTrust(ctx, api, clientName, secret)
	if drivers.Is(err, drivers.Denied) {
		if way.Token != "" {
			return fail(errors.New("the token is not accepted: each is good for one use and may expire; make another with: lxc config trust add"))
		}
		return fail(errors.New("the password is not accepted: it is not core.trust_password of the server, or the server has none"))
	}
	if err != nil {
		return err
	}
	c.introduced = true
	if !awaitTrust(ctx, api) {
		return fail(errors.New("the daemon took the client certificate and does not trust it yet"))
	}
	zerolog.Ctx(ctx).Info().Str("member", m.Name).Msg("added the client certificate to the trust store")
	return nil
}

// awaitTrust waits shortly for the daemon to trust us: the other members are told of a new certificate, and the change
// reaches them a moment later.
func awaitTrust(ctx context.Context, api drivers.API) bool {
	for range trustTries {
		if state, err := drivers.ServerOf(ctx, api); err == nil && state.Trusted() {
			return true
		}
		if !drivers.Pause(ctx, trustPause) {
			return false
		}
	}
	return false
}

// tls returns the configuration of the member's HTTPS connections: our certificate, if there is one, and the
// certificates that are accepted at the moment of a handshake.
func (m *member) tls(way schema.HTTPS) (*tls.Config, error) {
	own, err := m.ownPins(way)
	if err != nil {
		return nil, err
	}
	var certificate *tls.Certificate
	if way.Certificate != "" || way.Key != "" {
		if certificate, err = m.cluster.config.clientCertificate(way); err != nil {
			return nil, err
		}
	}
	return rest.TLS(certificate, func(found string) error {
		if own[found] || m.cluster.trusted.has(found) {
			return nil
		}
		return unknown(found, own)
	}), nil
}

// ownPins returns the fingerprints that the preseed vouches for.
func (m *member) ownPins(way schema.HTTPS) (map[string]bool, error) {
	pins := map[string]bool{}
	if way.Fingerprint != "" {
		pins[strings.ToLower(strings.ReplaceAll(way.Fingerprint, ":", ""))] = true
	}
	if m.Certificate != "" {
		pin, err := rest.Fingerprint(m.Certificate)
		if err != nil {
			return nil, err
		}
		pins[pin] = true
	}
	if way.Token != "" && way.Fingerprint == "" {
		token, err := m.cluster.config.Secret(way.Token)
		if err != nil {
			return nil, err
		}
		if pin := tokenFingerprint(token); pin != "" {
			pins[pin] = true
		}
	}
	return pins, nil
}

// tokenFingerprint returns the server's fingerprint that a certificate token carries; empty for another text.
func tokenFingerprint(token string) string {
	var content struct {
		Fingerprint string `json:"fingerprint"`
	}
	text, err := base64.StdEncoding.DecodeString(strings.TrimSpace(token))
	if err != nil || json.Unmarshal(text, &content) != nil {
		return ""
	}
	return strings.ToLower(content.Fingerprint)
}

func unknown(found string, own map[string]bool) error {
	text := "the server shows a certificate that is not known"
	if len(own) > 0 {
		text = "the server shows another certificate than the preseed says (LXD changes it when a server becomes part of a cluster)"
	}
	return fmt.Errorf("%s; if %s is its fingerprint (on the server: lxc info | grep fingerprint), write it into connection.https.fingerprint", text, found)
}

func (c Config) clientCertificate(way schema.HTTPS) (*tls.Certificate, error) {
	certificate, err := c.ReadFile(c.expand(way.Certificate))
	if err != nil {
		return nil, fmt.Errorf("reading the client certificate: %w", err)
	}
	key, err := c.ReadFile(c.expand(way.Key))
	if err != nil {
		return nil, fmt.Errorf("reading the client's key: %w", err)
	}
	return rest.ClientCertificate(certificate, key)
}

// ownFingerprint is that of our client certificate, which the cluster has to trust anyway; empty without one.
func (m *member) ownFingerprint() string {
	way := m.Connection.HTTPS
	if way == nil || way.Certificate == "" {
		return ""
	}
	certificate, err := m.cluster.config.clientCertificate(*way)
	if err != nil {
		return "" // there is no connection without it
	}
	return rest.FingerprintDER(certificate.Certificate[0])
}

// expand puts the home folder in the place of a leading "~/".
func (c Config) expand(name string) string {
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		return filepath.Join(c.Home, rest)
	}
	return name
}

// doHTTPS sends a call. Around a call that makes the server part of a cluster it looks after the change of its
// certificate.
func (m *member) doHTTPS(ctx context.Context, api *rest.Client, call drivers.Call) (drivers.Reply, error) {
	if call.Method == http.MethodPut && call.Path == "/1.0/cluster" {
		m.callWitness(ctx)
	} else {
		m.askWitness(ctx)
	}
	known := m.cluster.trusted.count()
	reply, err := api.Do(ctx, call)
	if !drivers.Is(err, drivers.Certificate) {
		return reply, err
	}
	if m.askWitness(ctx); m.cluster.trusted.count() == known {
		m.cluster.vouch(ctx)
	}
	if m.cluster.trusted.count() == known {
		return reply, err
	}
	return api.Do(ctx, call) // the handshake had failed, so nothing was sent before
}
