package sandbox

import (
	"net/http"
	"strconv"
)

// The types of certificates in the trust store, as the table certificates has them.
const (
	certClient  = 1
	certServer  = 2
	certMetrics = 3
)

var certTypes = map[string]int{"client": certClient, "server": certServer, "metrics": certMetrics}

// trustOf says what the connection of a request may do: everything over the unix socket, otherwise what the trust
// store says of the certificate that the client shows.
func (m *member) trustOf(r *http.Request, unix bool) (trust, error) {
	if unix {
		return trustInternal, nil
	}
	if len(r.TLS.PeerCertificates) == 0 {
		return untrusted, nil
	}
	m.world.mu.Lock()
	defer m.world.mu.Unlock()
	var kind string
	err := view(r.Context(), m.cluster.db, func(t *tx) error {
		kind, _ = t.text("SELECT type FROM certificates WHERE fingerprint=?", fingerprint(r.TLS.PeerCertificates[0].Raw))
		return nil
	})
	switch kind {
	case strconv.Itoa(certClient):
		return trustClient, err
	case strconv.Itoa(certServer):
		return trustInternal, err
	case strconv.Itoa(certMetrics):
		return trustMetrics, err
	}
	return untrusted, err
}
