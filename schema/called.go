package schema

import "fmt"

// CalledBy returns the reference by which people call an object whose own name is nothing to remember: that of a
// certificate has its name instead of the fingerprint. ok is false for other kinds, and when another object of the
// cluster is called the same.
func (c Cluster) CalledBy(spec Spec, o Object) (called Ref, ok bool) {
	if spec.Called == "" || o.Attrs[spec.Called] == "" {
		return Ref{}, false
	}
	for _, other := range c.OfKind(o.Ref.Kind) {
		if other.Ref != o.Ref && other.Attrs[spec.Called] == o.Attrs[spec.Called] {
			return Ref{}, false
		}
	}
	return Ref{Kind: o.Ref.Kind, Project: o.Ref.Project, Name: o.Attrs[spec.Called]}, true
}

// Names returns the references that mean an object: its own, and last the one by which people call it.
func (c Cluster) Names(reg Registry, ref Ref) []Ref {
	names := []Ref{ref}
	kind, _ := reg.Kind(ref.Kind)
	o, _ := c.Get(ref)
	if called, ok := c.CalledBy(kind.Spec, o); ok {
		names = append(names, called)
	}
	return names
}

// Meant returns the object that a text means, spelled as for ParseRef. An object's own name counts more than what
// another one is called.
func (c Cluster) Meant(reg Registry, text string) (Object, bool) {
	kind, _, ok := cutKind(reg, text)
	if !ok {
		return Object{}, false
	}
	var called Object
	for _, o := range c.OfKind(kind.Name) {
		names := c.Names(reg, o.Ref)
		switch {
		case names[0].Means(reg, text):
			return o, true
		case names[len(names)-1].Means(reg, text):
			called = o
		}
	}
	return called, called.Ref.Kind != ""
}

// NameOf is how people call an object: "storage pool local", "profile web of project shop", "the server configuration".
func (r Registry) NameOf(ref Ref) string {
	kind, ok := r.Kind(ref.Kind)
	switch {
	case !ok:
		return ref.String()
	case kind.Lifecycle == Singleton:
		return "the " + kind.Title
	case ref.Project != "" && ref.Project != DefaultProject:
		return fmt.Sprintf("%s %s of project %s", kind.Title, ref.Name, ref.Project)
	}
	return kind.Title + " " + ref.Name
}
