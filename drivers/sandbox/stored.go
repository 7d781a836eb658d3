package sandbox

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// stored is an object of a [layout.Collection]: a row, and the fields that the API shows of it.
type stored struct {
	id   int64
	name string
	// path is where it is, if that is not its name below the collection.
	path string
	// whole: a configuration that is given replaces the one that is there.
	whole bool
	// tagged are the fields of which the ETag is, nil for all of its own.
	tagged []string
	fields map[string]json.RawMessage
}

// tag is what its ETag is computed from: without what is not the object's own; nil for kinds without one.
func (v stored) tag() any {
	own := maps.Clone(v.fields)
	maps.DeleteFunc(own, func(field string, _ json.RawMessage) bool {
		return field == "used_by" || v.tagged != nil && !slices.Contains(v.tagged, field)
	})
	if len(own) == 0 {
		return nil
	}
	return own
}

// MarshalJSON implements json.Marshaler.
func (v stored) MarshalJSON() ([]byte, error) { return json.Marshal(v.fields) }

// UnmarshalJSON implements json.Unmarshaler. The keys of a configuration that is there already stay beside the given
// ones; other fields are replaced.
func (v *stored) UnmarshalJSON(raw []byte) error {
	var head struct {
		Name    string
		Address string `json:"listen_address"`
		Config  map[string]string
		Devices map[string]map[string]string
	}
	given := map[string]json.RawMessage{}
	config, devices := v.config(), v.devices()
	if err := json.Unmarshal(raw, &head); err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &given); err != nil {
		return err
	}
	v.fields = overlay(v.fields, given)
	if head.Config != nil && !v.whole {
		v.fields["config"], _ = json.Marshal(overlay(config, head.Config)) // plain data always marshals
	}
	if head.Devices != nil {
		v.fields["devices"], _ = json.Marshal(overlay(devices, head.Devices))
	}
	v.name = head.Name + head.Address
	return nil
}

// into reads its fields.
func (v stored) into(body any) error {
	raw, err := v.MarshalJSON()
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, body)
}

// with returns it with another field.
func (v stored) with(field string, value any) stored {
	raw, _ := json.Marshal(value) // plain data always marshals
	v.fields = overlay(v.fields, map[string]json.RawMessage{field: raw})
	return v
}

// field reads one of its fields; what is not there is none.
func field[V any](v stored, name string) (value V) {
	_ = json.Unmarshal(v.fields[name], &value)
	return value
}

func (v stored) text(name string) string { return field[string](v, name) }

func (v stored) config() map[string]string { return field[map[string]string](v, "config") }

func (v stored) devices() map[string]map[string]string {
	return field[map[string]map[string]string](v, "devices")
}

// each makes an object of every row, whose first column is its number.
func each[V any](t *tx, read func(id int64, row []string) V, query string, args ...any) []V {
	out := []V{}
	for _, row := range t.rows(query, args...) {
		out = append(out, read(t.int(row[0]), row[1:]))
	}
	return out
}

// overlay returns base with the keys of over.
func overlay[V any](base, over map[string]V) map[string]V {
	out := map[string]V{}
	maps.Copy(out, base)
	maps.Copy(out, over)
	return out
}

// names parts a list with commas.
func names(list string) []string {
	var out []string
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
	}
	return out
}
