package schema

import (
	"maps"
	"slices"
)

// Cluster is a set of objects, desired or live, with what is known beside them.
type Cluster struct {
	objects map[Ref]Object
	// Facts is what the reader learnt about the servers; empty on the desired side.
	Facts Facts
}

// NewCluster returns a cluster of the given objects. A later object replaces an earlier one of the same Ref.
func NewCluster(facts Facts, objects ...Object) Cluster {
	c := Cluster{objects: make(map[Ref]Object, len(objects)), Facts: facts}
	for _, o := range objects {
		c.objects[o.Ref] = o
	}
	return c
}

// Get returns the object of that reference.
func (c Cluster) Get(r Ref) (Object, bool) {
	o, ok := c.objects[r]
	return o, ok
}

// Len returns the number of objects.
func (c Cluster) Len() int { return len(c.objects) }

// Refs returns all references in order.
func (c Cluster) Refs() []Ref { return slices.SortedFunc(maps.Keys(c.objects), Ref.Compare) }

// Objects returns all objects ordered by reference.
func (c Cluster) Objects() []Object {
	out := make([]Object, 0, len(c.objects))
	for _, r := range c.Refs() {
		out = append(out, c.objects[r])
	}
	return out
}

// OfKind returns the objects of one kind ordered by reference.
func (c Cluster) OfKind(k KindName) []Object {
	var out []Object
	for r, o := range c.objects {
		if r.Kind == k {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b Object) int { return a.Ref.Compare(b.Ref) })
	return out
}
