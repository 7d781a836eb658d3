package rest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"

	"clusterctl/drivers"
)

// AddTrust has the daemon trust the client certificate that the connection of api presents, under that name. secret
// is the trust password, or a certificate token as lxc config trust add prints it. A certificate that is trusted
// already is no error; a wrong secret is of kind Denied.
func AddTrust(ctx context.Context, api drivers.API, name, secret string) error {
	body := map[string]string{"type": "client", "name": name, "password": secret}
	if isToken(secret) {
		// LXD 5.0 reads a token from password, Incus and later LXD from trust_token; each ignores the other field.
		body["trust_token"] = secret
	}
	_, err := api.Do(ctx, drivers.Call{Method: http.MethodPost, Path: "/1.0/certificates", Body: body})
	if drivers.Is(err, drivers.Conflict) {
		return nil
	}
	return err
}

func isToken(secret string) bool {
	text, err := base64.StdEncoding.DecodeString(secret)
	var token struct {
		Secret string `json:"secret"`
	}
	return err == nil && json.Unmarshal(text, &token) == nil && token.Secret != ""
}
