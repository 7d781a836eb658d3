package kinds

import (
	"slices"
	"strings"

	"clusterctl/schema"
)

// object returns the normal form of an entry that has these things in common with all others. Empty
// attributes are left out: as with lxd init --preseed an empty text says nothing. The state "present" is the
// empty one.
func object(ref schema.Ref, state string, attrs, config map[string]string) schema.Object {
	o := schema.Object{Ref: ref, State: schema.State(state)}
	if o.State == schema.StatePresent {
		o.State = ""
	}
	o.Attrs = make(map[string]string, len(attrs))
	for name, value := range attrs {
		if value != "" {
			o.Attrs[name] = value
		}
	}
	o.Config = make(map[string]string, len(config))
	for key, value := range config {
		o.Config[key] = value
	}
	return o
}

// inProject returns the project's name, "default" when nothing is said.
func inProject(name string) string {
	if name == "" {
		return schema.DefaultProject
	}
	return name
}

// isTrue reads a boolean as the daemon does (lxd 5.0.2, shared/util.go IsTrue).
func isTrue(value string) bool {
	return slices.Contains([]string{"true", "1", "yes", "on"}, strings.ToLower(value))
}
