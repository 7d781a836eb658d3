package emit

import (
	"regexp"
	"strings"

	"clusterctl/schema"
)

// deviceNode describes devices by name, with the keys that do not go together: which keys go with which type, and which
// a type needs, is left to validate.
func deviceNode(kind schema.Kind) node {
	device := configNode(kind.DeviceRules(), false)
	keys, _ := device["properties"].(node)
	keys["type"] = described(node{"type": "string"}, "What the device is: nic, disk, ...")
	keys[schema.DeviceState] = described(node{"enum": []string{"present", "absent"}}, "absent takes the device away.")
	var rules []node
	for _, c := range kind.Combinations() {
		if !c.Certain() || strings.Contains(c.For[0], ".") {
			continue // of what kind a device is, its network may say
		}
		for _, name := range c.For {
			when := append([]schema.Condition{schema.Condition("type=" + name)}, c.When...)
			rules = append(rules, node{"if": node{"allOf": schema.Map(when, conditionNode)}, "then": conditionNode(c.Want)})
		}
	}
	device["allOf"] = rules
	return described(node{"type": "object", "additionalProperties": device}, "Devices by name, each with its type.")
}

// conditionNode describes devices that fulfil a condition.
func conditionNode(c schema.Condition) node {
	return node{"anyOf": schema.Map(c.Any(), func(one schema.Condition) node {
		key, value, not := one.Parts()
		n := node{"required": []string{key}}
		switch value {
		case "any":
		case "true":
			n["properties"] = node{key: node{"enum": []any{true, "true"}}}
		default:
			n["properties"] = node{key: node{"const": value}}
		}
		if not {
			return node{"not": n}
		}
		return n
	})}
}

// scalarNode is a value that the daemon keeps as text, however it is spelled.
// It may stand elsewhere: {env: NAME}, {file: PATH} or {text: FILE}.
func scalarNode() node {
	text := node{"type": "string"}
	return node{"type": []string{"string", "number", "boolean", "null", "object"},
		"properties": node{"env": text, "file": text, "text": text}, "maxProperties": 1, "additionalProperties": false}
}

func referenceNode(key string) node {
	return node{"type": "object", "properties": node{key: node{"type": "string"}}, "required": []string{key},
		"additionalProperties": false}
}

func secretNode() node {
	return described(scalarNode(), "A secret: in clear, or {env: NAME}, or {file: PATH}.")
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
	out := node{"type": []string{"object", "null"}, "properties": properties, "patternProperties": patterns,
		"additionalProperties": false}
	if open {
		out["additionalProperties"] = scalarNode()
	}
	return out
}

// keyPattern is the regular expression for a key with stars, see [schema.MatchKey].
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
