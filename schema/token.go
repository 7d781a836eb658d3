package schema

import (
	"encoding/base64"
	"encoding/json"
)

// joinToken is what a join token says (lxd 5.0.2, shared/api/cluster.go ClusterMemberJoinToken).
type joinToken struct {
	ServerName  string   `json:"server_name"`
	Fingerprint string   `json:"fingerprint"`
	Addresses   []string `json:"addresses"`
	Secret      string   `json:"secret"`
}

// readToken reads a join token: JSON in base64.
func readToken(text string) (joinToken, bool) {
	var token joinToken
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(data, &token) != nil {
		return joinToken{}, false
	}
	return token, token.Secret != "" && len(token.Addresses) > 0
}
