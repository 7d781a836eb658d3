package emit

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"clusterctl/schema"
)

// node is one JSON Schema. encoding/json sorts its keys, so the output is stable.
type node = map[string]any

// JSONSchema describes a preseed from the kinds' specs and from the structs that entries are read into. It is a value
// for encoding/json.
func JSONSchema(reg schema.Registry) any {
	w := schemaWriter{reg: reg}
	properties := node{
		"cluster": described(w.object(reflect.TypeFor[schema.ClusterEntry]()),
			"LXD's own section: who bootstraps, or how one server joins."),
		"clusterctl": described(w.object(reflect.TypeFor[schema.SettingsEntry]()), "Settings of clusterctl itself."),
	}
	for _, kind := range reg.All() {
		if kind.New == nil {
			continue
		}
		if kind.Lifecycle == schema.Singleton {
			properties[kind.Plural] = described(configNode(kind.Rules(), kind.OpenKeys), kind.Help)
			continue
		}
		properties[kind.Plural] = node{"type": "array", "items": w.entry(kind), "description": kind.Help}
		if kind.Lifecycle == schema.Membership {
			defaults := w.entry(kind)
			delete(defaults, "required")
			properties["members_defaults"] = described(defaults,
				"What members have in common; a member's own value counts more.")
		}
	}
	return node{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   "clusterctl preseed", "type": "object",
		"properties":           properties,
		"patternProperties":    node{"^x-": node{}},
		"additionalProperties": false,
	}
}

type schemaWriter struct {
	reg schema.Registry
	// kind is whose entry is described; the zero value for sections that are no kind.
	kind schema.Kind
}

// entry describes one entry of a kind. That of a member has the server's keys that each member has of its own, too.
func (w schemaWriter) entry(kind schema.Kind) node {
	w.kind = kind
	out := w.object(reflect.TypeOf(kind.New()).Elem())
	properties, _ := out["properties"].(node)
	if _, ok := properties["config"]; ok {
		properties["config"] = configNode(w.reg.ConfigRules(kind), kind.OpenKeys)
	}
	if kind.DeviceKeys != nil {
		properties["devices"] = deviceNode(kind)
	}
	return out
}

// object describes a struct by the tags of its fields.
func (w schemaWriter) object(t reflect.Type) node {
	properties, required := node{}, []string{}
	for field := range t.Fields() {
		name := field.Tag.Get("yaml")
		if name == "" {
			continue
		}
		own, _, _ := strings.Cut(field.Tag.Get("validate"), "dive") // what follows is about the elements
		rules := strings.Split(own, ",")
		value := w.value(field.Type)
		if name == "description" {
			value = scalarNode()
		}
		properties[name] = described(withRules(value, field.Type, rules), w.kind.FieldHelp(field))
		if slices.Contains(rules, "required") {
			required = append(required, name)
		}
	}
	out := node{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

// withRules narrows a value to the words that its field takes.
func withRules(n node, t reflect.Type, rules []string) node {
	for _, rule := range rules {
		words, listed := strings.CutPrefix(rule, "oneof=")
		switch {
		case rule == "acl_action": // which of them depends on the servers
			n["enum"] = []string{"allow", "allow-stateless", "reject", "drop"}
		case words == "true false":
			return node{"enum": []any{true, false, "true", "false"}}
		case listed && t.Kind() == reflect.Int:
			var numbers []int
			for word := range strings.FieldsSeq(words) {
				number, _ := strconv.Atoi(word) // the validator takes numbers alone there
				numbers = append(numbers, number)
			}
			return node{"enum": numbers}
		case listed:
			n["enum"] = strings.Fields(words)
		}
	}
	return n
}

// value describes what may stand in a field of that type. Some have a shorter form that their type does not show.
func (w schemaWriter) value(t reflect.Type) node {
	text := node{"type": "string"}
	switch t {
	case reflect.TypeFor[schema.ConnectionEntry]():
		return node{"oneOf": []node{{"type": "string", "pattern": "^(ssh|https|unix)://"}, w.object(t)},
			"description": "How to reach the member: ssh://user@host:port, https://host:port, unix:///path, or the long form."}
	case reflect.TypeFor[schema.MemberConfig]():
		return w.memberConfig()
	case reflect.TypeFor[schema.Secret]():
		return secretNode()
	case reflect.TypeFor[schema.FileEntry]():
		return described(text, "The path of a file of this machine.")
	case reflect.TypeFor[schema.CertificateEntry]():
		return node{"oneOf": []node{text, referenceNode("file")}, "description": "A certificate in PEM, or {file: PATH}."}
	case reflect.TypeFor[schema.TextOrMap]():
		return node{"oneOf": []node{text, {"type": "object", "additionalProperties": text}}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return w.value(t.Elem())
	case reflect.Struct:
		return w.object(t)
	case reflect.Bool:
		return node{"type": "boolean"}
	case reflect.Int:
		return node{"type": "integer"}
	case reflect.Slice:
		return node{"type": "array", "items": w.value(t.Elem())}
	case reflect.Map:
		if t.Elem().Kind() == reflect.Map {
			return node{"type": "object", "additionalProperties": w.value(t.Elem())}
		}
		return node{"type": "object", "additionalProperties": scalarNode()}
	}
	return text
}

// memberConfig describes both spellings of member_config.
func (w schemaWriter) memberConfig() node {
	var entities []string
	properties, text := node{}, node{"type": "string"}
	for _, kind := range w.reg.Entities() {
		entities = append(entities, kind.Entity())
		properties[kind.Entity()] = node{"type": "object",
			"additionalProperties": node{"type": "object", "additionalProperties": scalarNode()}}
	}
	list := node{"type": "array", "items": node{"type": "object", "additionalProperties": false,
		"properties": node{"entity": node{"enum": entities}, "name": text, "key": text, "value": scalarNode()},
		"required":   []string{"entity", "name", "key"}}}
	nested := node{"type": "object", "additionalProperties": false, "properties": properties}
	return node{"oneOf": []node{list, nested}, "description": "This member's own keys of pools and networks."}
}
