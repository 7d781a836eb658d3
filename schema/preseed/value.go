package preseed

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/go-playground/validator/v10"

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
	switch {
	case rule.Check != nil: // other values than those of its type may be right, too
	case rule.Type == schema.Size:
		return "write a number and a unit, such as 10GiB or 500MB"
	case rule.Type == schema.Bool:
		return "write true or false"
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

// newValidator returns a validator that speaks of fields by their yaml names. The tag acl_action is what the rule of
// an ACL does, which differs by product (lxd 5.0.2, lxd/network/acl/driver_common.go; incus 6.0.4,
// internal/server/network/acl/driver_common.go), incus_alone a field of Incus.
func newValidator(judged schema.Flavour) *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	actions := "oneof=allow reject drop"
	if judged.Product == schema.Incus {
		actions = "oneof=allow allow-stateless reject drop"
	}
	v.RegisterAlias("acl_action", actions)
	alone := "isdefault"
	if judged.Product == schema.Incus {
		alone = "omitempty"
	}
	v.RegisterAlias("incus_alone", alone)
	v.RegisterTagNameFunc(func(field reflect.StructField) string { return field.Tag.Get("yaml") })
	return v
}

// checkTags reports every field of a filled entry that its validate tag refuses.
func (j *judge) checkTags(f *filling, entry any, except ...string) {
	var wrong validator.ValidationErrors
	if err := j.validate.StructExcept(entry, except...); !errors.As(err, &wrong) {
		return
	}
	for _, fault := range wrong {
		_, path, _ := strings.Cut(fault.Namespace(), ".")
		if j.report.hasError(f.where(path)) {
			continue // the value could not even be read
		}
		if strings.HasPrefix(fault.ActualTag(), "required") && slices.Contains(f.meant, path) {
			continue // it is there, misspelt
		}
		j.report.errorAt(f.where(path), f.tagProblem(path, fault))
	}
}

func (f *filling) tagProblem(path string, fault validator.FieldError) schema.Problem {
	value := fmt.Sprint(fault.Value())
	switch fault.ActualTag() {
	case "required", "required_unless", "required_without":
		return schema.Mistake(schema.CodeRequired, fmt.Sprintf("cannot use %s without %s", an(f.title), path), "",
			"add "+path+":")
	case "oneof":
		return schema.Mistake(schema.CodeValue, fmt.Sprintf("cannot set %s to %s", path, quote(value)),
			"It must be one of: "+strings.ReplaceAll(fault.Param(), " ", ", ")+".",
			schema.DidYouMean(value, strings.Fields(fault.Param())))
	case "min", "max":
		return schema.Mistake(schema.CodeValue, fmt.Sprintf("cannot set %s to %s", path, value),
			fmt.Sprintf("It is out of range (%s %s).", fault.Tag(), fault.Param()), "")
	case "isdefault":
		return schema.Mistake(schema.CodeNotSupported, "cannot set "+path+": LXD has no such field", "",
			"Incus has it, LXD has not: remove it")
	case "len", "hexadecimal":
		return schema.Mistake(schema.CodeValue, fmt.Sprintf("cannot set %s to %s", path, quote(value)),
			"It is a SHA-256 in hexadecimal digits, 64 of them.", "")
	default: // excludesall, ne, startsnotwith: all for names
		return schema.Mistake(schema.CodeName, fmt.Sprintf("cannot name %s %s", an(f.title), quote(value)),
			nameRule(fault.Tag(), fault.Param()), "")
	}
}

func nameRule(tag, param string) string {
	switch tag {
	case "excludesall":
		return fmt.Sprintf("A name there has none of the characters %q.", param)
	case "startsnotwith":
		return fmt.Sprintf("A name there does not start with %q.", param)
	default:
		return fmt.Sprintf("The name %q is reserved.", param)
	}
}
