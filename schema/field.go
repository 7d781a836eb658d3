package schema

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
)

// Field is one key of an entry, for people.
type Field struct {
	// Path is the key, with those of the fields that it is within: "ingress.action".
	Path     string
	Help     string
	Required bool
	// OneOf are the only values that it takes; empty when there are others.
	OneOf []string
}

// EntryFields returns what an entry of the kind may say, in order. Configuration keys are no fields, see [Spec.Rules].
func (k Kind) EntryFields() []Field {
	if k.New == nil {
		return nil
	}
	return k.fieldsIn("", reflect.TypeOf(k.New()).Elem())
}

func (s Spec) fieldsIn(path string, t reflect.Type) []Field {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	var out []Field
	for f := range t.Fields() {
		name := f.Tag.Get("yaml")
		if name == "" {
			continue
		}
		field := Field{Path: path + name, Help: s.FieldHelp(f)}
		own, _, _ := strings.Cut(f.Tag.Get("validate"), "dive") // what follows is about the elements
		rules := strings.Split(own, ",")
		field.Required = slices.Contains(rules, "required")
		for _, rule := range rules {
			if words, ok := strings.CutPrefix(rule, "oneof="); ok {
				field.OneOf = strings.Fields(words)
			}
		}
		out = append(append(out, field), s.fieldsIn(field.Path+".", f.Type)...)
	}
	return out
}

// FieldHelp is a sentence on the field of an entry: its tag help, what the kind says of its name, or what the name
// means in every kind.
func (s Spec) FieldHelp(f reflect.StructField) string {
	name := f.Tag.Get("yaml")
	return cmp.Or(f.Tag.Get("help"), s.Fields[name], commonHelp[name])
}

var commonHelp = map[string]string{
	"name":        "The name.",
	"project":     "The project that it is in; default when left out.",
	"description": "A note for people.",
	"state":       "present, which is the default, or absent.",
	"config":      "Configuration keys; an empty value takes a key away.",
	"devices":     "Devices by name, each with its type.",
}
