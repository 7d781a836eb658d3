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

// First returns the plan that comes first: what has servers trust this client, or mends the one that begins a cluster
// and does not start. It has those steps alone, since nothing of the servers was seen, and is nil where there are none.
func First(want schema.Preseed, facts schema.Facts) *plan.Plan {
	return cmp.Or(trust(want, facts), untorn(want, facts))
}

// untorn takes a bootstrap back on whose half-written certificate the daemon does not start.
func untorn(want schema.Preseed, facts schema.Facts) *plan.Plan {
	if !view.Torn(facts, want.Bootstrap) {
		return nil
	}
	p := &plan.Plan{Flavour: facts.Flavour, Source: facts.Source, Files: want.Files, Members: want.Members,
		Bootstrap: want.Bootstrap}
	for _, m := range want.Members {
		if m.Name != want.Bootstrap {
			continue
		}
		r := *facts.Hosts[m.Name].Remains
		p.Unseen = append(p.Unseen, plan.Unseen{Ref: plan.MemberRef(m.Name), Fault: schema.FaultUnreachable, At: m.Pos,
			Cause: "died in its bootstrap, and does not start with half-written " + r.Torn})
		p.Steps = steps.Unbootstrap(m, r)
	}
	for i := range p.Steps {
		p.Steps[i].Phase, p.Steps[i].Sections = plan.PhaseMended, []plan.Section{plan.SectionCluster}
	}
	p.Ground(schema.NewCluster(facts))
	return p
}

// trust returns the plan where servers do not trust this client yet and the preseed says how they can be brought to.
func trust(want schema.Preseed, facts schema.Facts) *plan.Plan {
	p := &plan.Plan{Flavour: facts.Flavour, Source: facts.Source, Files: want.Files, Members: want.Members,
		Bootstrap: want.Bootstrap}
	for _, m := range want.Members {
		ref, way := plan.MemberRef(m.Name), m.Connection.HTTPS
		if way == nil || !facts.Hosts[m.Name].Untrusted || way.Certificate == "" || way.Token+way.Password == "" {
			continue
		}
		p.Unseen = append(p.Unseen, plan.Unseen{Ref: ref, Fault: schema.FaultDenied, At: m.Pos,
			Cause: "does not trust this client yet"})
		with := "its token"
		if way.Token == "" {
			with = "the trust password"
		}
		step := plan.Step{ID: plan.StepID("trust:" + m.Name), Cause: ref, Member: m.Name, At: m.Pos,
			Title: "Have " + m.Name + " at " + way.URL + " trust this client, by " + with,
			Op:    plan.Op{Kind: plan.OpTrust, Introduce: &plan.Introduce{Secret: cmp.Or(way.Token, way.Password)}},
			Risk:  plan.Risk{Level: plan.RiskLow, Undo: "remove the certificate from its trust store"}}
		if n := len(p.Steps); n > 0 {
			step.Needs = []plan.StepID{p.Steps[n-1].ID}
		}
		p.Steps = append(p.Steps, step)
	}
	if len(p.Steps) == 0 {
		return nil
	}
	p.Ground(schema.NewCluster(facts))
	return p
}
