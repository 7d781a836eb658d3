package cmd

import (
	"fmt"
	"io"
	"reflect"
	"strings"

	"clusterctl/schema"
)

// field is a key of an entry or section that is no key of a configuration.
type field struct{ place, name, help string }

// fields are the keys of all entries, connections and sections, from the structs that they are read into.
func fields(reg schema.Registry) []field {
	var out []field
	add := func(place string, list []schema.Field) {
		for _, f := range list {
			in, name := place, f.Path
			if i := strings.LastIndex(name, "."); i >= 0 {
				in, name = strings.TrimPrefix(place+"."+name[:i], "members."), name[i+1:]
			}
			out = append(out, field{in, name, fieldText(f)})
		}
	}
	add("cluster", schema.FieldsOf(reflect.TypeFor[schema.ClusterEntry]()))
	add("clusterctl", schema.FieldsOf(reflect.TypeFor[schema.SettingsEntry]()))
	for _, kind := range reg.All() {
		if kind.Lifecycle != schema.Singleton {
			add(kind.Plural, kind.EntryFields())
		}
	}
	return out
}

// explainField explains a key by its name or by its place and name, such as become, ssh.become and
// clusterctl.service, and lists those of a place; ok is false when none is called so.
func explainField(w io.Writer, reg schema.Registry, word string) (ok bool) {
	var within []field
	for _, f := range fields(reg) {
		if word == f.name || strings.HasSuffix("."+f.place+"."+f.name, "."+word) {
			fmt.Fprintf(w, "%s of %s\n\n%s\n\n", f.name, f.place, f.help)
			ok = true
		}
		if strings.HasSuffix("."+f.place, "."+word) {
			within = append(within, f)
		}
	}
	for i, f := range within {
		if i == 0 || f.place != within[i-1].place {
			fmt.Fprintf(w, "Keys of %s:\n", f.place)
		}
		fmt.Fprintf(w, "  %s\t%s\n", f.name, f.help)
	}
	return ok || len(within) > 0
}
