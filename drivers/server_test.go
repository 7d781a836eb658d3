package drivers_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"clusterctl/drivers"
)

// answers are metadata by path.
type answers map[string]string

// Do implements drivers.API.
func (a answers) Do(_ context.Context, c drivers.Call) (drivers.Reply, error) {
	if text, ok := a[c.Path]; ok {
		return drivers.Reply{Metadata: json.RawMessage(text)}, nil
	}
	return drivers.Reply{}, &drivers.Error{Kind: drivers.NotFound, Op: "GET " + c.Path, Err: errors.New("not found")}
}

// TestTrustInProjectsAloneIsNone has what LXD 5.0.2 and Incus 6.0.4 tell certificates that are restricted.
func TestTrustInProjectsAloneIsNone(t *testing.T) {
	t.Parallel()
	const tls = `{"auth": "trusted", "auth_user_method": "tls", "auth_user_name": "aa", "config": {}}`
	for name, c := range map[string]struct {
		api  answers
		want drivers.Kind
	}{
		"socket":           {answers{"/1.0": `{"auth": "trusted", "config": {}}`}, ""},
		"stranger":         {answers{"/1.0": `{"auth": "untrusted"}`}, drivers.Denied},
		"restricted LXD":   {answers{"/1.0": `{"auth": "trusted", "config": null}`}, drivers.Denied},
		"restricted Incus": {answers{"/1.0": tls, "/1.0/certificates/aa": `{"restricted": true}`}, drivers.Denied},
		"certificate":      {answers{"/1.0": tls, "/1.0/certificates/aa": `{"restricted": false}`}, ""},
		"signed":           {answers{"/1.0": tls}, ""},
	} {
		if _, err := drivers.TrustingServer(t.Context(), c.api); drivers.KindOf(err) != c.want {
			t.Errorf("%s: got %v, want the kind %s", name, err, c.want)
		}
	}
}
