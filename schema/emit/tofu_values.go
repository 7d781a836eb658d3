package emit

import (
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"clusterctl/schema"
)

var notInNames = regexp.MustCompile(`[^A-Z0-9]+`)

// withoutSecrets returns the configuration with references in the place of what is secret, by the state's own word or
// by the registry's. Other attributes that are secret are taken out.
func (t *tofu) withoutSecrets(address string, kind schema.Kind, taken, config map[string]any,
	sensitive [][]tofuStep) map[string]any {
	hidden, all := map[string]bool{}, false
	for _, path := range sensitive {
		steps := schema.Map(path, func(s tofuStep) string { return indexed(s.Value) })
		switch {
		case len(steps) > 0 && steps[0] == "limits" && kind.Name == schema.KindInstance:
			for key := range config {
				of, is := strings.CutPrefix(key, "limits.")
				hidden[key] = hidden[key] || is && (len(steps) == 1 || steps[1] == of)
			}
		case len(steps) > 1 && steps[0] == "config":
			hidden[steps[1]] = true
		case len(steps) > 0 && steps[0] == "config":
			all = true
		case len(steps) > 0:
			delete(taken, cmp.Or(fieldNames[steps[0]], steps[0]))
			t.left = append(t.left, address+": "+steps[0]+", which is sensitive")
		}
	}
	out := map[string]any{}
	for key, value := range config {
		if rule, _ := kind.Rule("", key); value != nil && (all || hidden[key] || rule.Secret) {
			name, _ := taken["name"].(string)
			name = notInNames.ReplaceAllString(strings.ToUpper(name+"_"+key), "_")
			value = yamlPlain("{env: CLUSTERCTL_SECRET_" + strings.Trim(name, "_") + "}")
		}
		out[key] = value
	}
	return out
}

// indexed is the name of a step: of an attribute, or the key of an index, {"value": "KEY", "type": "string"}.
func indexed(value any) string {
	if index, is := value.(map[string]any); is {
		value = index["value"]
	}
	text, _ := value.(string)
	return text
}

// tofuDepth is how deep a value may be: a list of rules, each with a list of its own.
const tofuDepth = 4

// tofuValue returns a value of the state as YAML: a text, a list, or a mapping; nil for what is not there, and for what
// is deeper than anything that there is.
func tofuValue(value any) any { return tofuWithin(value, tofuDepth) }

func tofuWithin(value any, depth int) any {
	switch v := value.(type) {
	case string:
		if v != "" {
			return v
		}
	case yamlPlain:
		return v
	case bool, float64:
		text, _ := json.Marshal(v) // it came from JSON
		return yamlPlain(text)
	case []any:
		if depth < 1 {
			return nil
		}
		return tofuList(v, depth-1)
	case map[string]any:
		out := yamlMap{}
		if depth < 1 {
			return nil
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if inner := tofuWithin(v[key], depth-1); inner != nil {
				out = append(out, yamlPair{key, inner})
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

func tofuList(list []any, depth int) any {
	if named := tofuDevices(list); len(named) > 0 {
		return named
	}
	var out []any
	for _, item := range list {
		if inner := tofuWithin(item, depth); inner != nil {
			out = append(out, inner)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// tofuDevices are devices by name, which the state has as a list of {name, type, properties}.
func tofuDevices(list []any) yamlMap {
	out := yamlMap{}
	for _, item := range list {
		device, _ := item.(map[string]any)
		properties, is := device["properties"].(map[string]any)
		name, _ := device["name"].(string)
		if !is || name == "" {
			return nil
		}
		keys, _ := tofuValue(properties).(yamlMap)
		kind, _ := device["type"].(string)
		out = append(out, yamlPair{name, append(yamlMap{{"type", kind}}, keys...)})
	}
	slices.SortFunc(out, func(a, b yamlPair) int { return strings.Compare(a.key, b.key) })
	return out
}
