package sandbox

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"strings"

	"clusterctl/schema"
)

// identityBody is what makes an identity: a certificate, or the wish for a token with which somebody adds theirs.
type identityBody struct {
	Name, Certificate string
	Token             bool
	Groups            []string
}

// identityPost makes an identity of a certificate, or a token for one.
func identityPost(c *call, body identityBody) (reply, error) {
	block, _ := pem.Decode([]byte(body.Certificate))
	switch {
	case body.Name == "":
		return reply{}, fail(http.StatusBadRequest, "Identity name must be provided")
	case body.Token:
		return c.pendingIdentity(body)
	case block == nil:
		return reply{}, fail(http.StatusBadRequest, "Failed parsing certificate: Invalid PEM block")
	}
	print := schema.FingerprintDER(block.Bytes)
	if c.tx.number("SELECT count(*) FROM identities WHERE identifier=?", print) > 0 {
		return reply{}, fail(http.StatusConflict, "Identity already exists")
	}
	c.tx.do("identity", "print", print, "name", body.Name, "pem", strings.TrimSpace(body.Certificate)+"\n")
	return c.identityMade(print, body.Groups)
}

// identityMade gives a new identity its groups.
func (c *call) identityMade(identifier string, groups []string) (reply, error) {
	id := c.tx.number("SELECT id FROM identities WHERE identifier=?", identifier)
	for _, name := range groups {
		group := c.tx.number("SELECT id FROM auth_groups WHERE name=?", name)
		if group == 0 {
			return reply{}, fail(http.StatusNotFound, "One or more groups were not found: %q", name)
		}
		c.tx.insert("identities_auth_groups (identity_id,auth_group_id)", id, group)
	}
	return created("/1.0/auth/identities/tls/" + identifier)
}

// pendingIdentity answers with a token, and keeps its secret in the identity that waits for a certificate.
func (c *call) pendingIdentity(body identityBody) (reply, error) {
	config := c.local()
	expiry, _ := c.tx.text("SELECT value FROM config WHERE key='core.remote_token_expiry'")
	token := joinToken{ClientName: body.Name, Fingerprint: c.at.pair().fingerprint(), Secret: newSecret(),
		Addresses: []string{canonical(config["core.https_address"])}}
	if expiry != "" {
		token.ExpiresAt = after(c.world.now(), expiry)
	}
	secret := map[string]any{"secret": token.Secret, "expiry": token.ExpiresAt}
	metadata, _ := json.Marshal(secret) // plain data always marshals
	identifier := newUUID()
	c.tx.insert("identities (auth_method,type,identifier,name,metadata)", 1, 8, identifier, body.Name, string(metadata))
	answer, err := c.identityMade(identifier, body.Groups)
	if err != nil {
		return reply{}, prefixed("Failed creating pending TLS identity: ", err)
	}
	answer.metadata = token
	return answer, nil
}
