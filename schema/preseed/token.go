package preseed

import (
	"cmp"
	"encoding/base64"
	"encoding/json"

	"clusterctl/schema"
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

// token returns what the token of a join document says. One that is given in clear and says nothing is reported.
func (j *judge) token(doc *document) (joinToken, bool) {
	text := doc.cluster.entry.Token.Reveal()
	token, ok := readToken(text)
	if text == "" || ok {
		return token, ok
	}
	j.report.errorAt(doc.cluster.fill.where("cluster_token"), schema.Problem{
		Code: schema.CodeToken, Summary: "cannot use cluster_token: it is no join token",
		Detail: "A join token is a JSON text in base64.",
		Hint: cmp.Or(placeholderHint(text),
			"run lxc cluster add for a new one, or leave it out: clusterctl makes one by itself"),
	})
	return token, false
}
