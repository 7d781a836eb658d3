package schema

import (
	"cmp"
	"iter"
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
	c := Cluster{sorted: inOrder(objects), index: make(map[Ref]int, len(objects)), Facts: facts}
	for i, o := range c.sorted {
		c.index[o.Ref] = i
	}
	return c
}

// inOrder returns the objects ordered by reference, of several with the same one the last.
func inOrder(objects []Object) []Object {
	out := make([]Object, 0, len(objects))
	for _, o := range ordered(objects, func(a, b *Object) int { return a.Ref.Compare(b.Ref) }) {
		if last := len(out) - 1; last >= 0 && out[last].Ref == o.Ref {
			out[last] = o
			continue
		}
		out = append(out, o)
	}
	return out
}

// ordered returns a list in order, equal items as they come. The items, which are large, are moved once.
func ordered[T any](list []T, compare func(a, b *T) int) []T {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Or(compare(&list[i], &list[j]), i-j) })
	return Map(order, func(i int) T { return list[i] })
}

// With returns the same objects with other facts.
func (c Cluster) With(facts Facts) Cluster {
	c.Facts = facts
	return c
}

// Replace returns the same objects but for the one of that reference, which must be there.
func (c Cluster) Replace(o Object) Cluster {
	c.sorted = slices.Clone(c.sorted)
	c.sorted[c.index[o.Ref]] = o
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
	return Map(c.sorted, func(o Object) Ref { return o.Ref })
}

// Objects returns all objects ordered by reference.
func (c Cluster) Objects() []Object { return slices.Clone(c.sorted) }

// All goes over all objects ordered by reference; unlike [Cluster.Objects] it makes no list of them.
func (c Cluster) All() iter.Seq[Object] { return slices.Values(c.sorted) }

// OfKind returns the objects of one kind ordered by reference. It takes no longer for the objects of other kinds.
func (c Cluster) OfKind(k KindName) []Object { return slices.Clone(c.ofKind(k)) }

// AllOfKind goes over what [Cluster.OfKind] returns; it makes no list of them.
func (c Cluster) AllOfKind(k KindName) iter.Seq[Object] { return slices.Values(c.ofKind(k)) }

// ofKind is OfKind in the memory of the cluster.
func (c Cluster) ofKind(k KindName) []Object {
	first := sort.Search(len(c.sorted), func(i int) bool { return c.sorted[i].Ref.Kind >= k })
	last := first + sort.Search(len(c.sorted)-first, func(i int) bool { return c.sorted[first+i].Ref.Kind > k })
	return c.sorted[first:last]
}
