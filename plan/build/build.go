package build

import (
	"cmp"
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/diff"
	"clusterctl/plan/guard"
	"clusterctl/plan/order"
	"clusterctl/plan/steps"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// Build compares the two sides and returns the whole plan. It always returns one: what speaks against applying it
// is in its Diagnostics.
func Build(want schema.Preseed, live schema.Cluster, reg schema.Registry, opts plan.Options) *plan.Plan {
	live = diff.Restored(want.Want, live)
	reg = reg.For(live.Facts.Flavour)
	want.Want = implied(want, live, reg)
	kinds, unknown := prunedKinds(want.Settings, opts.Prune, reg)
	var pruned map[schema.Ref]bool
	var elsewhere schema.Diagnostics
	want.Want, pruned, elsewhere = prune(want, live, reg, kinds)
	differences, unseen := diff.Diff(want, live, reg)
	chosen := choose(undeclared(differences, pruned), unseen, want, reg, live, opts)
	changes := chosen.changes
	v := view.New(chosen.want, live, reg, opts.Evacuate)
	departures := v.Departing(changes)
	steps, cycles := order.Steps(steps.Of(v, changes, departures), v)
	p := &plan.Plan{Flavour: live.Facts.Flavour, Source: live.Facts.Source, Files: want.Files,
		Targets: opts.Targets, Excludes: opts.Excludes,
		Changes: inOrder(changes, steps), Steps: steps, Unseen: chosen.unseen, Members: want.Members,
		Bootstrap: want.Bootstrap, Diagnostics: slices.Concat(unknown, elsewhere, chosen.found)}
	proposal := guard.Proposal{View: v, Changes: changes, Steps: steps, Departures: departures,
		AllowDestroy: opts.AllowDestroy}
	p.Diagnostics = slices.Concat(p.Diagnostics, guard.Check(proposal), guard.Cycles(steps, cycles))
	p.Ground(live)
	return p
}

// inOrder returns the changes in the order in which their steps begin; those without a step come last.
func inOrder(changes []plan.Change, steps []plan.Step) []plan.Change {
	first := map[schema.Ref]int{}
	for i, s := range slices.Backward(steps) {
		first[s.Cause] = i
	}
	position := func(c plan.Change) int {
		if i, ok := first[c.Ref]; ok {
			return i
		}
		return len(steps)
	}
	out := slices.Clone(changes)
	slices.SortStableFunc(out, func(a, b plan.Change) int { return cmp.Compare(position(a), position(b)) })
	return out
}

// Recheck refuses a saved plan that needs all members when one does not answer any more, or that joins a server which
// got something to lose meanwhile. The fingerprints cannot tell: the database learns of a dead member only when its
// heartbeat is too old, and nothing of a server outside the cluster. What a saved plan wants of members is what its
// steps make of them; what a joiner loses of settings was said when it was made.
func Recheck(p *plan.Plan, live schema.Cluster, reg schema.Registry) schema.Diagnostics {
	var members []schema.Object
	mended := map[string]bool{} // whose daemons it starts: whether these answer does not matter
	for _, s := range p.Steps {
		mended[s.Member] = mended[s.Member] || s.Op.Shell != nil && s.Op.Shell.Task == plan.TaskService
		switch s.Op.Kind {
		case plan.OpBootstrap, plan.OpJoin:
			members = append(members, schema.Object{Ref: s.Cause})
		case plan.OpRemove:
			state := schema.StateAbsent
			if s.Op.Request.Force {
				state = schema.StateLost
			}
			members = append(members, schema.Object{Ref: s.Cause, State: state})
		}
	}
	want := schema.Preseed{Members: p.Members, Bootstrap: p.Bootstrap, Want: schema.NewCluster(schema.Facts{}, members...)}
	v := view.New(want, live, reg.For(live.Facts.Flavour), false)
	found := guard.Recheck(guard.Proposal{View: v, Changes: p.Changes, Steps: p.Steps})
	found = slices.DeleteFunc(found, func(d schema.Diagnostic) bool {
		return d.Code == plan.CodeJoinerSettings || mended[d.Member]
	})
	return found
}

// Consent refuses what a plan deletes and nobody has named.
func Consent(p *plan.Plan, live schema.Cluster, reg schema.Registry, allowed []string) schema.Diagnostics {
	v := view.New(schema.Preseed{Members: p.Members}, live, reg.For(live.Facts.Flavour), false)
	return guard.Destroy(guard.Proposal{View: v, Changes: p.Changes, AllowDestroy: allowed})
}
