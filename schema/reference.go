package schema

import "slices"

// Reference is an object that another one needs to exist before it, and the field that names it.
type Reference struct {
	// Field is a path in the naming object: "devices.root.pool", "config.network", "attrs.profiles", "lists.groups",
	// "members.node2"; "project" and the kind's ParentKey for what its own Ref says.
	Field string
	Ref   Ref
}

// References returns what an object refers to and where: its project, what it belongs to, the members that have single
// objects of it, and what its fields name. The same object is in it once for each field.
func (k Kind) References(o Object) []Reference {
	var out []Reference
	add := func(field string, ref Ref) { out = append(out, Reference{Field: field, Ref: ref}) }
	if k.Scope == ScopeProject {
		add("project", Ref{Kind: KindProject, Name: o.Ref.Project})
	}
	if parent, _ := k.Split(o.Ref); parent != "" {
		ref := Ref{Kind: k.Parent, Name: parent}
		if k.parentScope == ScopeProject {
			ref.Project = o.Ref.Project
		}
		add(k.ParentKey, ref)
	}
	if k.Lifecycle == Placed {
		for _, member := range o.MemberNames() {
			add("members."+member, Ref{Kind: KindMember, Name: member})
		}
	}
	if k.Names != nil {
		out = append(out, k.Names(o)...)
	}
	return out
}

// Refs returns what an object refers to, sorted, each object once. Whoever makes an object fills [Object.Refs] with it.
func (k Kind) Refs(o Object) []Ref {
	var out []Ref
	for _, r := range k.References(o) {
		out = append(out, r.Ref)
	}
	slices.SortFunc(out, Ref.Compare)
	return slices.Compact(out)
}
