package order

import (
	"cmp"
	"maps"
	"slices"

	"clusterctl/plan"
	"clusterctl/schema"
)

// sort orders the steps so that each comes after all that it needs and otherwise early, and makes needs of the
// preferred edges. Where these cannot all hold, as between two rules that name each other, they go by the order of the
// others.
func (r *resolver) sort() (sorted []int, cycles [][]plan.StepID) {
	all := make([][]int, len(r.steps))
	for i := range r.steps {
		all[i] = append(slices.Collect(maps.Keys(r.needs[i])), slices.Collect(maps.Keys(r.preferred[i]))...)
		slices.Sort(all[i])
		all[i] = slices.Compact(all[i])
	}
	if order, back := r.topological(all); len(back) == 0 {
		for i := range r.preferred {
			maps.Copy(r.needs[i], r.preferred[i])
		}
		return order, nil
	}
	certain := make([][]int, len(r.steps))
	for i := range r.steps {
		certain[i] = slices.Sorted(maps.Keys(r.needs[i]))
	}
	order, back := r.topological(certain)
	for _, path := range back {
		delete(r.needs[path[len(path)-1]], path[0])
		cycles = append(cycles, r.names(path))
	}
	position := make([]int, len(order))
	for at, i := range order {
		position[i] = at
	}
	r.keepApart(position)
	return order, cycles
}

// keepApart makes needs of the preferred edges, each turned as the steps stand: between all steps of the two objects,
// since what an edge said of the last one need not hold for the first one once it is turned.
func (r *resolver) keepApart(position []int) {
	for i, edges := range r.preferred {
		for n := range edges {
			for _, a := range append(r.changing(r.steps[i].Cause), i) { // it may be a deletion
				for _, b := range r.changing(r.steps[n].Cause) {
					if position[a] < position[b] {
						r.needs[b][a] = true
					} else {
						r.needs[a][b] = true
					}
				}
			}
		}
	}
}

// topological visits the steps in the order in which they came, each after its needs. A need that is being visited
// already closes a cycle: it is left out, and the path to it is returned.
func (r *resolver) topological(needs [][]int) (order []int, cycles [][]int) {
	const unseen, open, done = 0, 1, 2
	state := make([]int, len(needs))
	var path []int
	var visit func(i int)
	visit = func(i int) {
		state[i] = open
		path = append(path, i)
		for _, n := range needs[i] {
			switch state[n] {
			case unseen:
				visit(n)
			case open:
				cycles = append(cycles, slices.Clone(path[slices.Index(path, n):]))
			}
		}
		path = path[:len(path)-1]
		state[i] = done
		order = append(order, i)
	}
	for i := range needs {
		if state[i] == unseen {
			visit(i)
		}
	}
	return order, cycles
}

// names returns the steps of a cycle, from the first by name.
func (r *resolver) names(of []int) []plan.StepID {
	out := schema.Map(of, func(n int) plan.StepID { return r.steps[n].ID })
	start := slices.Index(out, slices.MinFunc(out, cmp.Compare[plan.StepID]))
	return slices.Concat(out[start:], out[:start])
}
