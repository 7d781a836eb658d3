package order

import (
	"slices"

	"clusterctl/plan"
	"clusterctl/schema"
)

// Uses says what objects use.
type Uses interface {
	// UsesNow returns what an object uses as it is, UsesThen what it will use; both lead to objects, not names.
	UsesNow(r schema.Ref) []schema.Ref
	UsesThen(r schema.Ref) []schema.Ref
	// Whole reports an object that is there and can be used before anything is done.
	Whole(r schema.Ref) bool
}

// Steps returns the steps in a valid order, with their needs, and the cycles that no order can satisfy: each is a list
// of steps of which every one needs the next, and the last the first. With a cycle the order is as good as one can be.
func Steps(steps []plan.Step, uses Uses) ([]plan.Step, [][]plan.StepID) {
	r := newResolver(steps, uses)
	for _, phase := range []plan.Phase{plan.PhaseMended, plan.PhaseJoined, plan.PhaseCleared, plan.PhaseFormed, 0} {
		for i, s := range steps {
			if s.Phase == phase {
				r.named(i)
			}
		}
	}
	r.references()
	order, cycles := r.sort()
	out := make([]plan.Step, 0, len(steps))
	for _, i := range order {
		s := steps[i]
		s.Needs = nil
		for n := range r.needs[i] {
			s.Needs = append(s.Needs, steps[n].ID)
		}
		slices.Sort(s.Needs)
		out = append(out, s)
	}
	return out, cycles
}

// resolver knows the steps by what they are named by.
type resolver struct {
	steps []plan.Step
	uses  Uses
	byID  map[plan.StepID]int
	// of are the steps of an object, users the objects that use one now and have steps themselves.
	of    map[schema.Ref][]int
	users map[schema.Ref][]schema.Ref
	// needs are the edges; preferred are edges between two objects that are there already, which must not change side by
	// side.
	needs, preferred []map[int]bool
	// follows reports a step that waits for another one of its own object.
	follows []bool
	phases  map[plan.Phase][]int
}

func newResolver(steps []plan.Step, uses Uses) *resolver {
	r := &resolver{steps: steps, uses: uses, byID: map[plan.StepID]int{}, of: map[schema.Ref][]int{},
		users: map[schema.Ref][]schema.Ref{}, needs: make([]map[int]bool, len(steps)), preferred: make([]map[int]bool,
			len(steps)), follows: make([]bool, len(steps)), phases: map[plan.Phase][]int{}}
	for i, s := range steps {
		r.byID[s.ID] = i
		r.needs[i], r.preferred[i] = map[int]bool{}, map[int]bool{}
		r.of[s.Cause] = append(r.of[s.Cause], i)
	}
	for user := range r.of {
		for _, used := range uses.UsesNow(user) {
			r.users[used] = append(r.users[used], user)
		}
	}
	return r
}

// named adds the edges of what a step names.
func (r *resolver) named(i int) {
	for _, need := range r.steps[i].Follows {
		if id, ok := need.Step(); ok {
			if n, planned := r.byID[id]; planned {
				r.needs[i][n] = true
				r.follows[i] = r.follows[i] || r.steps[n].Cause == r.steps[i].Cause
			}
		}
		if phase, ok := need.Phase(); ok {
			r.add(i, r.endOf(phase))
		}
		switch ref, frees, ok := need.Object(); {
		case ok && frees:
			for _, user := range r.users[ref] {
				r.add(i, r.last(r.freeing(i, user)))
			}
		case ok:
			r.add(i, r.last(r.changing(ref)))
		}
	}
}

// add makes a step wait for others.
func (r *resolver) add(i int, others []int) {
	for _, n := range others {
		if n != i {
			r.needs[i][n] = true
		}
	}
}

// freeing returns the steps of a user for which the deletion waits; those that come after the members are formed
// cannot be waited for while they are not.
func (r *resolver) freeing(deletion int, user schema.Ref) []int {
	return slices.DeleteFunc(slices.Clone(r.of[user]), func(i int) bool {
		phase := r.steps[deletion].Phase
		return user == r.steps[deletion].Cause || phase != 0 && (r.steps[i].Phase == 0 || r.steps[i].Phase > phase)
	})
}

// changing returns the steps after which an object is as desired; its deletion, or that of a part of it, is none.
func (r *resolver) changing(ref schema.Ref) []int {
	return slices.DeleteFunc(slices.Clone(r.of[ref]), r.deletes)
}

// deletes reports a step that takes an object, or a part of it, away.
func (r *resolver) deletes(i int) bool {
	return slices.ContainsFunc(r.steps[i].Follows, func(n plan.Need) bool {
		_, frees, ok := n.Object()
		return ok && frees
	})
}

// last returns those of the steps that none of the others waits for.
func (r *resolver) last(of []int) []int {
	if len(of) < 2 {
		return of
	}
	waited := map[int]bool{}
	for _, i := range of {
		for n := range r.needs[i] {
			waited[n] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(of), func(i int) bool { return waited[i] })
}

// endOf returns the last steps of a phase and those before it.
func (r *resolver) endOf(phase plan.Phase) []int {
	if _, known := r.phases[phase]; !known {
		var of []int
		for i, s := range r.steps {
			if s.Phase != 0 && s.Phase <= phase {
				of = append(of, i)
			}
		}
		r.phases[phase] = r.last(of)
	}
	return r.phases[phase]
}

// references adds the edges that no step names: everything waits for the members, and objects for each other.
func (r *resolver) references() {
	for i, s := range r.steps {
		if s.Phase == 0 && !r.follows[i] {
			r.add(i, r.endOf(plan.PhaseFormed))
		}
	}
	for user := range r.of {
		then := r.uses.UsesThen(user)
		for _, used := range then {
			r.usedThen(user, used)
		}
		for _, used := range r.uses.UsesNow(user) {
			if !slices.Contains(then, used) {
				r.usedNow(user, used)
			}
		}
	}
}

// usedThen has an object wait until what it will use is as desired.
func (r *resolver) usedThen(user, used schema.Ref) {
	edges := r.needs
	if used.Kind == schema.KindMember && r.waits(used, user) {
		return // it is evacuated, and the user told so before
	}
	if r.uses.Whole(used) {
		edges = r.preferred
	}
	r.join(edges, r.first(r.of[user]), r.late(used))
}

// usedNow keeps apart an object and what it stops to use: the user goes first, unless it goes for good, or one of them
// waits for the other anyhow.
func (r *resolver) usedNow(user, used schema.Ref) {
	if r.waits(used, user) || r.waits(user, used) {
		return
	}
	if changes := r.late(user); len(changes) > 0 {
		r.join(r.preferred, r.first(r.changing(used)), changes)
		return
	}
	r.join(r.preferred, r.first(r.of[user]), r.late(used))
}

// waits reports an object that names another one among what it waits for.
func (r *resolver) waits(user, used schema.Ref) bool {
	return slices.ContainsFunc(r.of[user], func(i int) bool {
		return slices.ContainsFunc(r.of[used], func(n int) bool { return r.needs[i][n] })
	})
}

// late returns the last of the changes of an object that come once the members are formed.
func (r *resolver) late(ref schema.Ref) []int {
	return r.last(slices.DeleteFunc(r.changing(ref), func(i int) bool { return r.steps[i].Phase != 0 }))
}

// first returns those of the steps that wait for no other of their object, once the members are formed.
func (r *resolver) first(of []int) []int {
	return slices.DeleteFunc(slices.Clone(of), func(i int) bool { return r.steps[i].Phase != 0 || r.follows[i] })
}

func (r *resolver) join(edges []map[int]bool, these, wait []int) {
	for _, i := range these {
		for _, n := range wait {
			edges[i][n] = true
		}
	}
}
