package sandbox

import (
	"encoding/json"
	"errors"
	"maps"
)

// dress gives an object the fields that it has on the server that is played.
func (c *call) dress(at string, id int64, view any) any {
	fields := c.world.server.Fields(at)
	if len(fields) == 0 {
		return view
	}
	out, err := fieldsOf(view)
	c.tx.refuse(err)
	for _, f := range fields {
		text := f.JSON
		if f.Query != "" {
			text, _ = c.tx.text(f.Query, c.named(id)...)
		}
		if delete(out, f.Name); text != "" {
			out[f.Name] = dated(text)
		}
	}
	return out
}

// fieldsOf are the fields of an object as it is answered.
func fieldsOf(view any) (map[string]any, error) {
	out := map[string]any{}
	switch view := view.(type) {
	case map[string]any:
		maps.Copy(out, view)
	case stored:
		for name, value := range view.fields {
			out[name] = value
		}
	default:
		raw, err := json.Marshal(view)
		return out, errors.Join(err, json.Unmarshal(raw, &out))
	}
	return out, nil
}
