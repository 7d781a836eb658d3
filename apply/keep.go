package apply

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// keeping is the API of a server whose own keys go along with each change of its configuration.
//
// Incus 6.0 empties the table of a member's own keys, its addresses among them, when it refuses a PATCH /1.0, for
// whatever reason; 40 s later the other members take it for offline, and no call of its API can set
// cluster.https_address again. Sent along, the keys stay (measured on Incus 6.0.4; LXD and Incus 7 are not affected,
// and other Incus 6 are taken to be).
type keeping struct {
	drivers.API
	// keys are the names of the keys that each member has for itself.
	keys []string
}

// Do implements drivers.API.
func (k keeping) Do(ctx context.Context, c drivers.Call) (drivers.Reply, error) {
	if len(k.keys) == 0 || c.Method != http.MethodPatch || c.Path != "/1.0" {
		return k.API.Do(ctx, c)
	}
	body, err := k.withOwnKeys(ctx, c)
	if err != nil {
		return drivers.Reply{}, err
	}
	c.Body = body
	return k.API.Do(ctx, c)
}

// withOwnKeys returns the body of the call with the keys that the member has and the call does not change.
func (k keeping) withOwnKeys(ctx context.Context, c drivers.Call) (map[string]any, error) {
	reply, err := k.API.Do(ctx, drivers.Call{Method: "GET", Path: "/1.0", Query: c.Query})
	if err != nil {
		return nil, err
	}
	var now drivers.Server
	var body map[string]any
	given, err := json.Marshal(c.Body)
	if err == nil {
		err = errors.Join(json.Unmarshal(given, &body), json.Unmarshal(reply.Metadata, &now))
	}
	if err != nil {
		return nil, &drivers.Error{Kind: drivers.Internal, Op: "reading the server's own keys", Err: err}
	}
	if runs := now.Flavour(); runs.Product != schema.Incus || runs.AtLeast("7") {
		return body, nil
	}
	config := map[string]any{}
	for _, key := range k.keys {
		if value, set := now.Config[key]; set {
			config[key] = value
		}
	}
	changed, _ := body["config"].(map[string]any)
	maps.Copy(config, changed)
	body["config"] = config
	return body, nil
}
