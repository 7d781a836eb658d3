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

// listText is the value of an attribute that is a list: nothing when the entry does not speak of it, "[]" for none.
func listText[T any](list []T) string {
	if list == nil {
		return ""
	}
	return schema.JSONText(list)
}

// projectRef names the project that an object is in.
func projectRef(o schema.Object) []schema.Ref {
	return []schema.Ref{{Kind: schema.KindProject, Name: o.Ref.Project}}
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

// childName is the name of an object that belongs to another one; empty unless both have a name.
func childName(parent, name string) string {
	if parent == "" || name == "" {
		return ""
	}
	return parent + "/" + name
}

// parentRefs names what an object belongs to, in its own project.
func parentRefs(kind schema.KindName, o schema.Object) []schema.Ref {
	parent, _, _ := strings.Cut(o.Ref.Name, "/")
	return []schema.Ref{{Kind: kind, Project: o.Ref.Project, Name: parent}}
}

// partRefs names the members that have parts of an object.
func partRefs(o schema.Object) []schema.Ref {
	var refs []schema.Ref
	for _, member := range o.MemberNames() {
		refs = append(refs, schema.Ref{Kind: schema.KindMember, Name: member})
	}
	return refs
}

// named returns references to the objects of a comma separated list, in the object's own project.
func named(kind schema.KindName, o schema.Object, list string) []schema.Ref {
	var refs []schema.Ref
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			refs = append(refs, schema.Ref{Kind: kind, Project: o.Ref.Project, Name: name})
		}
	}
	return refs
}
