package cmd

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"clusterctl/schema"
)

// node is one JSON Schema. encoding/json sorts its keys, so the output is stable.
type node = map[string]any

// preseedSchema describes a preseed from the kinds' specs and from the structs that their entries are read into.
func preseedSchema(reg schema.Registry) node {
	properties := node{
		"cluster":    clusterNode(),
		"clusterctl": settingsNode(),
	}
	for _, kind := range reg.All() {
		entry := entryNode(reg, kind)
		switch kind.Name {
		case schema.KindServer:
			properties[kind.Plural] = described(configNode(kind.Keys, kind.OpenKeys), kind.Help)
			continue
		case schema.KindMember:
			defaults := entryNode(reg, kind)
			delete(defaults, "required")
			properties["members_defaults"] = described(defaults, "What members have in common; a member's own value counts more.")
		}
		properties[kind.Plural] = node{"type": "array", "items": entry, "description": kind.Help}
	}
	return node{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   "clusterctl preseed", "type": "object",
		"properties":           properties,
		"patternProperties":    node{"^x-": node{}},
		"additionalProperties": false,
	}
}

// entryNode describes one entry of a kind from the yaml and validate tags of its struct.
func entryNode(reg schema.Registry, kind schema.Kind) node {
	out := structNode(reflect.TypeOf(kind.New()).Elem())
	properties, _ := out["properties"].(node)
	if _, ok := properties["config"]; ok {
		keys := kind.Keys
		if server, found := reg.Kind(schema.KindServer); found && kind.Name == schema.KindMember {
			keys = append(slices.Clone(keys), memberKeys(server.Keys)...)
		}
		properties["config"] = configNode(keys, kind.OpenKeys)
	}
	return out
}

func memberKeys(rules []schema.KeyRule) []schema.KeyRule {
	return slices.DeleteFunc(slices.Clone(rules), func(r schema.KeyRule) bool { return r.Where != schema.OnMember })
}

func structNode(t reflect.Type) node {
	properties, required := node{}, []string{}
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if name == "" || name == "-" {
			continue
		}
		own, _, _ := strings.Cut(field.Tag.Get("validate"), "dive") // what follows is about the elements
		rules := strings.Split(own, ",")
		properties[name] = fieldNode(name, field.Type, rules)
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

// fieldNode describes a field. Four fields have a shorter form that their Go type does not show.
func fieldNode(name string, t reflect.Type, rules []string) node {
	switch name {
	case "connection":
		return node{"oneOf": []node{{"type": "string", "pattern": "^(ssh|https|unix)://"}, structNode(t)},
			"description": "How to reach the member: ssh://user@host:port, https://host:port, unix:///path, or the long form."}
	case "member_config":
		return memberConfigNode()
	case "password", "token":
		return secretNode()
	}
	out := typeNode(t)
	for _, rule := range rules {
		if rule == "acl_action" { // which of them depends on the servers
			out["enum"] = []string{"allow", "allow-stateless", "reject", "drop"}
		}
		if words, ok := strings.CutPrefix(rule, "oneof="); ok {
			out["enum"] = strings.Fields(words)
			if words == "true false" {
				out = node{"enum": []any{true, false, "true", "false"}}
			}
		}
	}
	return out
}

func typeNode(t reflect.Type) node {
	text := node{"type": "string"}
	switch t {
	case reflect.TypeFor[schema.FileEntry]():
		return described(text, "The path of a file of this machine.")
	case reflect.TypeFor[schema.CertificateEntry]():
		file := node{"type": "object", "properties": node{"file": text}, "required": []string{"file"}, "additionalProperties": false}
		return node{"oneOf": []node{text, file}, "description": "A certificate in PEM, or {file: PATH}."}
	case reflect.TypeFor[schema.TextOrMap]():
		return node{"oneOf": []node{text, {"type": "object", "additionalProperties": text}}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeNode(t.Elem())
	case reflect.Struct:
		return structNode(t)
	case reflect.Bool:
		return node{"type": "boolean"}
	case reflect.Int:
		return node{"type": "integer"}
	case reflect.Slice:
		return node{"type": "array", "items": typeNode(t.Elem())}
	case reflect.Map:
		if t.Elem().Kind() == reflect.Map {
			return node{"type": "object", "additionalProperties": typeNode(t.Elem())}
		}
		return node{"type": "object", "additionalProperties": scalarNode()}
	default:
		return node{"type": "string"}
	}
}

// scalarNode is a value that the daemon keeps as text, however it is spelled.
func scalarNode() node { return node{"type": []string{"string", "number", "boolean", "null"}} }

func secretNode() node {
	reference := func(key string) node {
		return node{"type": "object", "properties": node{key: node{"type": "string"}}, "required": []string{key}, "additionalProperties": false}
	}
	return node{"oneOf": []node{scalarNode(), reference("env"), reference("file")},
		"description": "A secret: in clear, or {env: NAME}, or {file: PATH}."}
}

func memberConfigNode() node {
	text := node{"type": "string"}
	list := node{"type": "array", "items": node{"type": "object", "additionalProperties": false,
		"properties": node{"entity": node{"enum": []string{"storage-pool", "network"}}, "name": text, "key": text, "value": scalarNode()},
		"required":   []string{"entity", "name", "key"}}}
	perObject := node{"type": "object", "additionalProperties": node{"type": "object", "additionalProperties": scalarNode()}}
	nested := node{"type": "object", "additionalProperties": false, "properties": node{"storage-pool": perObject, "network": perObject}}
	return node{"oneOf": []node{list, nested}, "description": "This member's own keys of pools and networks."}
}

// configNode describes a config: map by its key rules.
func configNode(rules []schema.KeyRule, open bool) node {
	properties, patterns := node{}, node{`^volatile\.`: scalarNode()}
	for _, rule := range rules {
		value := scalarNode()
		if rule.Secret {
			value = secretNode()
		}
		described(value, rule.Help)
		if rule.Default != "" {
			value["default"] = rule.Default
		}
		if strings.Contains(rule.Key, "*") {
			patterns[keyPattern(rule.Key)] = value
		} else if _, twice := properties[rule.Key]; !twice {
			properties[rule.Key] = value
		}
	}
	out := node{"type": []string{"object", "null"}, "properties": properties, "patternProperties": patterns, "additionalProperties": false}
	if open {
		out["additionalProperties"] = scalarNode()
	}
	return out
}

// keyPattern is the regular expression for a key with stars, see schema.MatchKey.
func keyPattern(key string) string {
	parts := strings.Split(key, ".")
	for i, part := range parts {
		switch {
		case part != "*":
			parts[i] = regexp.QuoteMeta(part)
		case i == len(parts)-1:
			parts[i] = ".+"
		default:
			parts[i] = `[^.]+`
		}
	}
	return "^" + strings.Join(parts, `\.`) + "$"
}

func described(n node, text string) node {
	if text != "" {
		n["description"] = text
	}
	return n
}

func clusterNode() node {
	text := func(help string) node { return described(node{"type": "string"}, help) }
	return node{"type": "object", "additionalProperties": false, "description": "LXD's own section: who bootstraps, or how one server joins.",
		"properties": node{
			"enabled":                  node{"type": "boolean"},
			"server_name":              text("The member's name."),
			"server_address":           text("A joining server's own address, host:port."),
			"cluster_address":          text("The address of a member of the cluster to join; makes this a join document."),
			"cluster_certificate":      text("The cluster's certificate, in PEM."),
			"cluster_certificate_path": text("A file with the cluster's certificate."),
			"cluster_password":         secretNode(),
			"cluster_token":            secretNode(),
			"member_config":            memberConfigNode(),
		}}
}

func settingsNode() node {
	names, command := node{"type": "array", "items": node{"type": "string"}}, node{"type": "string"}
	return node{"type": "object", "additionalProperties": false, "description": "Settings of clusterctl itself.",
		"properties": node{
			"version": node{"enum": []int{1}},
			"prune":   described(node{"type": "array", "items": names["items"]}, "Kinds whose undeclared objects are removed, such as profiles."),
			"protect": described(names, "KIND/NAME of objects that are never destroyed."),
			"service": described(node{"type": "object", "additionalProperties": false, "properties": node{
				"stop": command, "start": command, "restart": command, "upgrade": command,
			}}, "Command lines for sh that handle a daemon of no known package, for recover and upgrade."),
		}}
}
