package kinds

import (
	"strings"

	"clusterctl/schema"
)

// object returns the normal form of an entry that has these things in common with all others. Empty attributes are
// left out: as with lxd init --preseed an empty text says nothing. The state "present" is the empty one.
func object(ref schema.Ref, state string, attrs, config map[string]string) schema.Object {
	o := schema.Object{Ref: ref, State: schema.State(state)}
	if o.State == schema.StatePresent {
		o.State = ""
	}
	o.Attrs = map[string]string{}
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

// inProject returns the project's name, "default" when nothing is said.
func inProject(name string) string {
	if name == "" {
		return schema.DefaultProject
	}
	return name
}

// childName is the name of an object that belongs to another one; empty unless both have a name.
func childName(parent, name string) string {
	if parent == "" || name == "" {
		return ""
	}
	return parent + "/" + name
}

// inNoProject returns a reference to an object of a kind without projects, which that field names.
func inNoProject(field string, kind schema.KindName, name string) schema.Reference {
	return schema.Reference{Field: field, Ref: schema.Ref{Kind: kind, Name: name}}
}

// inOwnProject returns a reference to an object in the project of the one whose field names it.
func inOwnProject(field string, kind schema.KindName, o schema.Object, name string) schema.Reference {
	return schema.Reference{Field: field, Ref: schema.Ref{Kind: kind, Project: o.Ref.Project, Name: name}}
}

// named returns references to the objects of a comma separated list in a field, in the object's own project.
func named(field string, kind schema.KindName, o schema.Object, list string) []schema.Reference {
	var refs []schema.Reference
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			refs = append(refs, inOwnProject(field, kind, o, name))
		}
	}
	return refs
}
