package preseed

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"clusterctl/schema"
)

var sizeForm = regexp.MustCompile(`^([0-9]+)(B| bytes|kB|MB|GB|TB|PB|EB|KiB|MiB|GiB|TiB|PiB|EiB)?$`)

// valueFault says what is wrong with a value for a rule, in the daemon's words where they are known; empty if
// nothing is. An empty value is always right: the server chooses.
func valueFault(rule schema.KeyRule, value string) string {
	if value == "" {
		return ""
	}
	if _, secret := schema.SecretName(value); secret {
		return ""
	}
	if rule.Check != nil {
		return rule.Check(value)
	}
	switch rule.Type {
	case schema.Bool:
		if !slices.Contains([]string{"true", "false", "yes", "no", "1", "0", "on", "off"}, strings.ToLower(value)) {
			return fmt.Sprintf("Invalid value for a boolean %q", value)
		}
	case schema.Int:
		if _, err := strconv.ParseInt(value, 10, 64); err != nil {
			return fmt.Sprintf("Invalid value for an integer %q", value)
		}
	case schema.Size:
		// lxd 5.0.2, shared/units/units.go ParseByteSizeString.
		if !sizeForm.MatchString(value) {
			return fmt.Sprintf("Invalid value: %s", value)
		}
	case schema.Address:
		return addressFault(value, true)
	}
	return ""
}

func valueHint(rule schema.KeyRule, value string) string {
	if hint := placeholderHint(value); hint != "" {
		return hint
	}
	if rule.Better != nil {
		if hint := rule.Better(value); hint != "" {
			return hint
		}
	}
	if rule.Check == nil && rule.Type == schema.Address {
		if hint := rightAddress(value, true); hint != "" {
			return hint
		}
	}
	switch {
	case rule.Check != nil: // other values than those of its type may be right, too
	case rule.Type == schema.Size:
		return "write a number and a unit, such as 10GiB or 500MB"
	case rule.Type == schema.Bool:
		return "write true or false"
	case rule.Type == schema.Int:
		return "write a whole number: " + plain(rule.Help)
	}
	return plain(rule.Help)
}

// plain turns a sentence of a table into a part of a message.
func plain(sentence string) string {
	sentence = strings.TrimSuffix(sentence, ".")
	if len(sentence) > 1 && unicode.IsLower(rune(sentence[1])) {
		return strings.ToLower(sentence[:1]) + sentence[1:]
	}
	return sentence
}
