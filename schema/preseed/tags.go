package preseed

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/go-playground/validator/v10"

	"clusterctl/schema"
)

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
		path := strings.TrimPrefix(fault.Namespace(), reflectOf(entry).Type().Name()+".") // those of kinds have none
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
