package build

import (
	"cmp"
	"fmt"
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// prune returns the desired side with the absence of what is there, is of one of the kinds, and is not declared; and
// which objects these are. What LXD always has, and what is protected, stays.
func prune(want schema.Preseed, live schema.Cluster, reg schema.Registry, kinds []schema.Kind) (schema.Cluster,
	map[schema.Ref]bool) {
	if len(kinds) == 0 {
		return want.Want, nil
	}
	objects, pruned := want.Want.Objects(), map[schema.Ref]bool{}
	for _, kind := range kinds {
		for o := range live.AllOfKind(kind.Name) {
			_, declared := want.Want.Get(o.Ref)
			protected := view.IsNamed(live, reg, o.Ref, want.Settings.Protect)
			if declared || protected || pruned[o.Ref] || slices.Contains(kind.Builtin, o.Ref.Name) {
				continue
			}
			pruned[o.Ref] = true
			objects = append(objects, schema.Object{Ref: o.Ref, State: schema.StateAbsent})
		}
	}
	return schema.NewCluster(want.Want.Facts, objects...), pruned
}

// prunedKinds returns the kinds that the preseed and the options name, and what is wrong with the options' names.
func prunedKinds(settings schema.Settings, names []string, reg schema.Registry) ([]schema.Kind, schema.Diagnostics) {
	var out []schema.Kind
	for _, name := range settings.Prune {
		if kind, ok := reg.Kind(name); ok {
			out = append(out, kind)
		}
	}
	var found schema.Diagnostics
	for _, name := range names {
		kind, ok := reg.Plural(name)
		if !ok {
			kind, ok = reg.Kind(schema.KindName(name))
		}
		if ok && kind.Lifecycle.Removable() {
			out = append(out, kind)
			continue
		}
		found = append(found, schema.Diagnostic{Severity: schema.SeverityError, Code: plan.CodeUnknownTarget,
			Summary: fmt.Sprintf("cannot prune %q: there is no such kind of thing to remove", name),
			Hint:    schema.DidYouMean(name, removable(reg))})
	}
	return out, found
}

func removable(reg schema.Registry) []string {
	var names []string
	for _, kind := range reg.All() {
		if kind.Lifecycle.Removable() {
			names = append(names, kind.Plural)
		}
	}
	return names
}

// undeclared gives the deletions of pruned objects their reason.
func undeclared(changes []plan.Change, pruned map[schema.Ref]bool) []plan.Change {
	out := slices.Clone(changes)
	for i := range out {
		if pruned[out[i].Ref] {
			out[i].Reason = "not declared, and its kind is pruned"
		}
	}
	return out
}

// Trust returns the plan that comes first where servers do not trust this client yet and the preseed says how they can
// be brought to: their steps alone, since nothing of them was seen. It returns nil where there are none.
func Trust(want schema.Preseed, facts schema.Facts) *plan.Plan {
	p := &plan.Plan{Flavour: facts.Flavour, Source: facts.Source, Files: want.Files, Members: want.Members,
		Bootstrap: want.Bootstrap}
	for _, m := range want.Members {
		ref, way := plan.MemberRef(m.Name), m.Connection.HTTPS
		if way == nil || !facts.Hosts[m.Name].Untrusted || way.Certificate == "" || way.Token+way.Password == "" {
			continue
		}
		p.Unseen = append(p.Unseen, plan.Unseen{Ref: ref, Fault: schema.FaultDenied, Cause: "does not trust this client yet",
			At: m.Pos})
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
	p.Base = plan.Fingerprints(p, schema.NewCluster(facts))
	return p
}
