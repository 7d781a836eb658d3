package apply

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"

	"clusterctl/drivers"
	"clusterctl/plan"
)

// editTries is how often an edit starts anew when somebody else changes the object at the same time. A
// member's ETag covers its roles, which the cluster changes by itself while members come and go.
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
		if !drivers.Is(err, drivers.Precondition) || try == editTries {
			return err
		}
		t.say("changing %s: somebody changed it meanwhile, reading it again", r.Path)
	}
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
// "devices" one by one, anything else as a whole. An empty key value removes the key, a null device the device.
func overlay(object, fields map[string]any) map[string]any {
	out := maps.Clone(object)
	for name, value := range fields {
		changes, isMap := value.(map[string]any)
		switch {
		case name == "config" && isMap:
			out[name] = overlayKeys(asMap(object[name]), changes)
		case name == "devices" && isMap:
			out[name] = overlayDevices(asMap(object[name]), changes)
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
