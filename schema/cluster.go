package schema

import (
	"slices"
	"sort"
)

// Cluster is a set of objects, desired or live, with what is known beside them.
type Cluster struct {
	// sorted are the objects ordered by reference, index their places there.
	sorted []Object
	index  map[Ref]int
	// Facts is what the reader learnt about the servers; empty on the desired side.
	Facts Facts
}

// NewCluster returns a cluster of the given objects. A later object replaces an earlier one of the same Ref.
func NewCluster(facts Facts, objects ...Object) Cluster {
	c := Cluster{sorted: make([]Object, 0, len(objects)), index: make(map[Ref]int, len(objects)), Facts: facts}
	for _, o := range objects {
		if i, again := c.index[o.Ref]; again {
			c.sorted[i] = o
			continue
		}
		c.index[o.Ref] = len(c.sorted)
		c.sorted = append(c.sorted, o)
	}
	slices.SortFunc(c.sorted, func(a, b Object) int { return a.Ref.Compare(b.Ref) })
	for i, o := range c.sorted {
		c.index[o.Ref] = i
	}
	return c
}

// Get returns the object of that reference.
func (c Cluster) Get(r Ref) (Object, bool) {
	i, ok := c.index[r]
	if !ok {
		return Object{}, false
	}
	return c.sorted[i], true
}

// Len returns the number of objects.
func (c Cluster) Len() int { return len(c.sorted) }

// Refs returns all references in order.
func (c Cluster) Refs() []Ref {
	refs := make([]Ref, len(c.sorted))
	for i, o := range c.sorted {
		refs[i] = o.Ref
	}
	return refs
}

// Objects returns all objects ordered by reference.
func (c Cluster) Objects() []Object { return slices.Clone(c.sorted) }

// OfKind returns the objects of one kind ordered by reference. It takes no longer for the objects of other kinds.
func (c Cluster) OfKind(k KindName) []Object {
	first := sort.Search(len(c.sorted), func(i int) bool { return c.sorted[i].Ref.Kind >= k })
	last := first + sort.Search(len(c.sorted)-first, func(i int) bool { return c.sorted[first+i].Ref.Kind > k })
	return slices.Clone(c.sorted[first:last])
}
