package rest

import (
	"encoding/json"
	"strconv"
	"strings"
)

// secretWords mark the fields of a request whose values must not be shown: cluster_password, trust_token,
// core.trust_password, maas.api.key, cluster_certificate_key and the like.
var secretWords = []string{"password", "secret", "token", "api.key", "_key", "private"}

// withoutSecrets replaces in the daemon's text the values of the request's secret fields.
func withoutSecrets(text string, body []byte) string {
	var request any
	if len(body) == 0 || json.Unmarshal(body, &request) != nil {
		return text
	}
	for _, secret := range secretsIn(request, false) {
		quoted := strings.Trim(strconv.Quote(secret), `"`)
		if len(secret) < 4 && strings.Contains(text, secret) {
			return "the daemon's reason is withheld because it may quote a secret"
		}
		text = strings.ReplaceAll(strings.ReplaceAll(text, secret, "***"), quoted, "***")
	}
	return text
}

// secretsIn returns the texts below fields whose names mark secrets.
func secretsIn(value any, marked bool) []string {
	switch v := value.(type) {
	case string:
		if marked && v != "" {
			return []string{v}
		}
	case []any:
		var out []string
		for _, item := range v {
			out = append(out, secretsIn(item, marked)...)
		}
		return out
	case map[string]any:
		var out []string
		for name, item := range v {
			out = append(out, secretsIn(item, marked || secretName(name))...)
		}
		return out
	}
	return nil
}

func secretName(name string) bool {
	for _, word := range secretWords {
		if strings.Contains(strings.ToLower(name), word) {
			return true
		}
	}
	return false
}
