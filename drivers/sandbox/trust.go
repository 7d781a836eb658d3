package sandbox

import "net/http"

// certServer is the type of members' certificates in the table certificates.
const certServer = 2

// certTypes are their names, and certTrust what they let their holders do.
var (
	certTypes = []string{"", "client", "server", "metrics"}
	certTrust = []trust{untrusted, trustClient, trustInternal, trustMetrics}
)

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
	kind := int64(0)
	err := view(r.Context(), m.cluster.db, func(t *tx) error {
		print := fingerprint(r.TLS.PeerCertificates[0].Raw)
		kind = t.number("SELECT type FROM certificates WHERE fingerprint=?", print)
		return nil
	})
	return certTrust[kind], err
}
