package cmd

import (
	"fmt"
	"io"
	"reflect"
	"strings"

	"clusterctl/schema"
)

// field is a key of an entry that is no key of a configuration.
type field struct{ place, name, help string }

// fields are the keys of all sections and connections, from the structs that entries are read into.
func fields(reg schema.Registry) []field {
	places := []string{"cluster", "clusterctl", "clusterctl.service", "connection", "connection.ssh", "connection.https",
		"connection.unix"}
	types := []reflect.Type{reflect.TypeFor[schema.ClusterEntry](), reflect.TypeFor[schema.SettingsEntry](),
		reflect.TypeFor[schema.Service](), reflect.TypeFor[schema.ConnectionEntry](), reflect.TypeFor[schema.SSH](),
		reflect.TypeFor[schema.HTTPSEntry](), reflect.TypeFor[schema.Unix]()}
	for _, kind := range reg.All() {
		if kind.New != nil {
			places, types = append(places, kind.Plural), append(types, reflect.TypeOf(kind.New()).Elem())
		}
	}
	var out []field
	for i, of := range types {
		if of.Kind() != reflect.Struct {
			continue
		}
		for _, f := range reflect.VisibleFields(of) {
			name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if help := f.Tag.Get("help"); name != "" && help != "" {
				out = append(out, field{places[i], name, help})
			}
		}
	}
	return out
}

// explainField explains a key by its name or by its place and name, such as become, ssh.become and
// clusterctl.service; ok is false when none is called so.
func explainField(w io.Writer, reg schema.Registry, word string) (ok bool) {
	for _, f := range fields(reg) {
		if word == f.name || strings.HasSuffix("."+f.place+"."+f.name, "."+word) {
			fmt.Fprintf(w, "%s of %s\n\n%s\n\n", f.name, f.place, f.help)
			ok = true
		}
	}
	return ok
}
