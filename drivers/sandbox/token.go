package sandbox

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"clusterctl/schema"
)

// joinToken is the text of a token once it is decoded. Certificate tokens have the client's name instead of the
// server's.
type joinToken struct {
	ServerName  string    `json:"server_name,omitempty"`
	ClientName  string    `json:"client_name,omitempty"`
	Fingerprint string    `json:"fingerprint"`
	Addresses   []string  `json:"addresses"`
	Secret      string    `json:"secret"`
	ExpiresAt   time.Time `json:"expires_at"`
}

func decodeToken(text string) (joinToken, bool) {
	var token joinToken
	raw, err := base64.StdEncoding.DecodeString(text)
	return token, err == nil && json.Unmarshal(raw, &token) == nil && token.Secret != ""
}

// memberNamed is the body of calls that name a member.
type memberNamed struct {
	ServerName string `json:"server_name"`
}

// membersPost makes a join token: an operation that never ends by itself and carries the secret.
func membersPost(c *call, body memberNamed) (reply, error) {
	c.at.cluster.spendToken(func(_ *member, op *operation) bool { return op.metadata["serverName"] == body.ServerName })
	addresses := []string{}
	for _, m := range c.tx.memberRows() {
		if m.state == stateMemberCreated && m.fresh {
			addresses = append(addresses, m.address)
		}
	}
	expiry, _ := c.tx.text("SELECT value FROM config WHERE key='cluster.join_token_expiry'")
	if expiry == "" {
		expiry = serverKeys()["cluster.join_token_expiry"].value
	}
	return reply{op: c.newToken("Cluster join token", "cluster", nil, map[string]any{"serverName": body.ServerName,
		"fingerprint": c.at.pair().fingerprint(), "addresses": addresses,
		"expiresAt": after(c.world.now(), expiry).Format(time.RFC3339Nano)})}, nil
}

// newToken is an operation that hands out a secret. Servers that call it by its name do not say what it is about.
func (c *call) newToken(name, about string, paths []string, metadata map[string]any) *operation {
	op := c.at.newOperation("token", "Executing operation", nil)
	op.mayCancel, op.metadata = true, metadata
	op.metadata["secret"] = newSecret()
	if c.world.server.Does("names tokens", c.name()) {
		op.description = name
	} else if about != "" {
		op.resources = map[string][]string{about: paths}
	}
	return op
}

// certificateToken makes a token with which a client adds its certificate.
func (c *call) certificateToken(body certificateBody) (reply, error) {
	config := c.local()
	if config["core.https_address"] == "" {
		return reply{}, fail(http.StatusInternalServerError, "Can't issue token when server isn't listening on network")
	}
	metadata := map[string]any{"fingerprint": c.at.pair().fingerprint(),
		"addresses": []string{canonical(config["core.https_address"])},
		"request": c.dress("/1.0/certificates request", 0, map[string]any{"name": body.Name, "type": body.Type,
			"restricted": body.Restricted, "projects": append([]string{}, body.Projects...), "token": true, "password": "",
			"trust_token": "", "certificate": "", "description": body.Description})}
	if expiry, set := c.tx.text("SELECT value FROM config WHERE key='core.remote_token_expiry'"); set {
		metadata["expiresAt"] = after(c.world.now(), expiry).Format(time.RFC3339Nano)
	}
	return reply{op: c.newToken("Certificate add token", "", nil, metadata)}, nil
}

func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails, says its documentation
	return hex.EncodeToString(b[:])
}

// expiryUnits are the units of expiries.
var expiryUnits = map[string]struct {
	years, months, days int
	time                time.Duration
}{"S": {time: time.Second}, "M": {time: time.Minute}, "H": {time: time.Hour}, "d": {days: 1}, "w": {days: 7},
	"m": {months: 1}, "y": {years: 1}}

var expiryPart = regexp.MustCompile(`([0-9]+)([SMHdwmy])`)

// after adds a text such as "3H" or "1d 12H" to a time.
func after(from time.Time, expiry string) time.Time {
	for _, part := range expiryPart.FindAllStringSubmatch(expiry, -1) {
		n, err := strconv.Atoi(part[1])
		if err != nil {
			continue // too long a number for a time
		}
		u := expiryUnits[part[2]]
		from = from.AddDate(n*u.years, n*u.months, n*u.days).Add(time.Duration(n) * u.time)
	}
	return from
}

// spendToken ends the first token operation that fits, and returns it; nil if there is none.
func (c *cluster) spendToken(fits func(*member, *operation) bool) *operation {
	for _, m := range c.members() {
		for id, op := range m.operations {
			if op.class == "token" && fits(m, op) {
				op.end(statusCancelled, "")
				delete(m.operations, id)
				return op
			}
		}
	}
	return nil
}

// admit decides whether somebody unknown is let in: with a join token, a certificate token or the trust password.
// A token is used up here, whatever happens next.
func (m *member) admit(t *tx, password string) error {
	if token, isToken := decodeToken(password); isToken {
		return m.cluster.redeem(token, m.world.now())
	}
	if m.world.copied != nil {
		return nil
	}
	stored, _ := t.text("SELECT value FROM config WHERE key='core.trust_password'")
	if stored == "" || !passwordFits(password, stored) {
		return fail(http.StatusForbidden, "not authorized")
	}
	return nil
}

func (c *cluster) redeem(token joinToken, now time.Time) error {
	op := c.spendToken(func(m *member, op *operation) bool {
		name, isJoin := op.metadata["serverName"]
		return m.up() && op.metadata["secret"] == token.Secret && (!isJoin || name == token.ServerName)
	})
	if op == nil {
		return fail(http.StatusForbidden, "No matching cluster join operation found")
	}
	expires, _ := op.metadata["expiresAt"].(string)
	if at, err := time.Parse(time.RFC3339Nano, expires); err == nil && now.After(at) {
		return fail(http.StatusForbidden, "Token has expired")
	}
	return nil
}

// certServer is the type of members' certificates in the table certificates.
const certServer = 2

// certTypes are the names of types.
var certTypes = []string{"", "client", "server", "metrics"}

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
	found, err := m.cluster.db.rows(r.Context(), "SELECT type,restricted FROM ("+m.world.server.Statement("trusted")+
		") WHERE fingerprint=?", schema.FingerprintDER(r.TLS.PeerCertificates[0].Raw))
	switch {
	case err != nil || len(found) == 0:
		return untrusted, err
	case found[0][0] == "1" && found[0][1] == "1":
		return trustRestricted, nil
	}
	return map[string]trust{"1": trustClient, "2": trustInternal, "3": trustMetrics}[found[0][0]], nil
}
