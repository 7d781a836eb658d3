package remote

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"

	"clusterctl/drivers"
	"clusterctl/drivers/rest"
	"clusterctl/schema"
)

// connectHTTPS prepares the connection. A daemon that does not trust us yet answers on it all the same.
func (m *member) connectHTTPS(way schema.HTTPS) (*link, error) {
	config, err := m.tls(way)
	if err != nil {
		return nil, &drivers.Error{Kind: drivers.Invalid, Op: "connecting to " + way.URL, Member: m.Name, Err: err}
	}
	api := rest.New(rest.Config{Member: m.Name, URL: way.URL, TLS: config, Turn: m.cluster.turn})
	return &link{api: api, close: func() error {
		api.CloseIdleConnections()
		return nil
	}}, nil
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
		if m.cluster.accepts(way.URL, own, found) {
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
		text = "the server shows another certificate than the preseed says (it changes when a server becomes part of a cluster)"
	}
	return fmt.Errorf("%s; if %s is its fingerprint (on the server: lxc info | grep fingerprint), write it into the preseed: connection: {https: {fingerprint: %s}}", text, found, found)
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
	return schema.FingerprintDER(certificate.Certificate[0])
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
		m.openOldLink(ctx)
	} else {
		m.askOldLink(ctx)
	}
	known := m.cluster.trusted.count()
	reply, err := api.Do(ctx, call)
	if !drivers.Is(err, drivers.Certificate) {
		return reply, err
	}
	if m.askOldLink(ctx); m.cluster.trusted.count() == known {
		m.cluster.vouch(ctx)
	}
	if m.cluster.trusted.count() == known {
		return reply, err
	}
	return api.Do(ctx, call) // the handshake had failed, so nothing was sent before
}
