package apply

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"strings"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
)

// editTries is how often an edit starts anew when somebody else changes the object at the same time, or a daemon is in
// its own way. A member's ETag covers its roles, which the cluster changes by itself while members come and go.
const editTries = 5

// edit reads an object, lays the step's fields over it and puts the whole object back, so that every field that
// the step does not name stays as it is. Where the daemon gives an ETag, the object is put back only if nobody
// changed it in between. An object that has the wanted fields already is left alone.
func (t *task) edit(ctx context.Context, r plan.Request) error {
	t.say("changing %s", r.Path)
	filled, err := t.fill(r.Body)
	if err != nil {
		return err
	}
	fields, ok := filled.(map[string]any)
	if !ok {
		return fmt.Errorf("the body of step %s is no JSON object", t.step.ID)
	}
	for try := 1; ; try++ {
		err := t.editOnce(ctx, r, fields)
		switch {
		case try == editTries:
			return err
		case drivers.Is(err, drivers.Precondition):
			t.say("changing %s: somebody changed it meanwhile, reading it again", r.Path)
		case inOwnWay(err) && drivers.Pause(ctx, retryEvery):
			t.say("changing %s again: a member's old dnsmasq was not gone yet", r.Path)
		default:
			return err
		}
	}
}

// inOwnWay reports that a member gave the dnsmasq of a bridge too little time to end before it started the next one: a
// tenth of a second. The change is taken back then (lxd 5.0.2 and incus 6.0.4, measured).
func inOwnWay(err error) bool {
	return drivers.Is(err, drivers.Internal) && strings.Contains(err.Error(), "dnsmasq") &&
		strings.Contains(err.Error(), "Address already in use")
}

func (t *task) editOnce(ctx context.Context, r plan.Request, fields map[string]any) error {
	var object map[string]any
	etag, err := t.get(ctx, t.step.Member, r.Path, query(r), &object)
	if err != nil {
		return err
	}
	edited := overlay(object, fields)
	if same(object, edited) {
		return nil
	}
	reply, err := t.call(ctx, t.step.Member, drivers.Call{Method: "PUT", Path: r.Path, Query: query(r), Body: edited,
		ETag: etag})
	if err != nil {
		return err
	}
	return t.await(ctx, t.step.Member, reply)
}

// overlay returns the object with the fields laid over it: keys of "config" one by one, keys of each of the
// "devices" one by one, anything else as a whole. An empty key value removes the key, a null device the device. Beside
// the "roles" that people give the cluster's own stay: it refuses to have them taken.
func overlay(object, fields map[string]any) map[string]any {
	out := maps.Clone(object)
	for name, value := range fields {
		changes, isMap := value.(map[string]any)
		switch {
		case name == "config" && isMap:
			out[name] = overlayKeys(asMap(object[name]), changes)
		case name == "devices" && isMap:
			out[name] = overlayDevices(asMap(object[name]), changes)
		case name == "roles":
			out[name] = append(automatic(object[name]), asList(value)...)
		default:
			out[name] = value
		}
	}
	return out
}

func overlayKeys(keys, changes map[string]any) map[string]any {
	out := maps.Clone(keys)
	for key, value := range changes {
		if value == "" || value == nil {
			delete(out, key)
			continue
		}
		out[key] = value
	}
	return out
}

func overlayDevices(devices, changes map[string]any) map[string]any {
	out := maps.Clone(devices)
	for name, change := range changes {
		if change == nil {
			delete(out, name)
			continue
		}
		out[name] = overlayKeys(asMap(devices[name]), asMap(change))
	}
	return out
}

// automatic are the roles that the cluster gives by itself.
func automatic(roles any) []any {
	return schema.Filter(asList(roles), func(role any) bool { return schema.AutomaticRole(fmt.Sprint(role)) })
}

func asList(value any) []any {
	list, _ := value.([]any)
	return list
}

// asMap returns the value as a map; an empty one for null and for anything else.
func asMap(value any) map[string]any {
	if m, ok := value.(map[string]any); ok {
		return m
	}
	return map[string]any{}
}

// same compares two objects by their JSON, where a number has only one form.
func same(a, b map[string]any) bool {
	var x, y any
	return roundTrip(a, &x) && roundTrip(b, &y) && reflect.DeepEqual(x, y)
}

func roundTrip(value any, out *any) bool {
	text, err := json.Marshal(value)
	return err == nil && json.Unmarshal(text, out) == nil
}

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
