package build

import (
	"fmt"
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// selection is the part of the differences that a plan is to be about.
type selection struct {
	want    schema.Preseed
	changes []plan.Change
	unseen  []plan.Unseen
	found   schema.Diagnostics
}

// choose returns the changes that Options.Targets name, with those that these need, or all; and of them those that
// Options.Excludes do not name. Members that are to join and are not chosen are taken out of the preseed's members,
// which keeps them out of the plan; those that are to leave and are not chosen stay members, and count as such.
func choose(changes []plan.Change, unseen []plan.Unseen, want schema.Preseed, reg schema.Registry,
	live schema.Cluster, opts plan.Options) selection {
	s := selection{want: want, changes: changes, unseen: unseen}
	if len(opts.Targets)+len(opts.Excludes) == 0 {
		return s
	}
	c := chooser{view: view.New(want, live, reg, false), byRef: map[schema.Ref]plan.Change{},
		chosen: map[schema.Ref]bool{}, users: map[schema.Ref][]schema.Ref{}}
	for _, change := range changes {
		c.byRef[change.Ref] = change
		for _, used := range c.view.UsesNow(change.Ref) {
			c.users[used] = append(c.users[used], change.Ref)
		}
	}
	targets, excludes := c.refs(reg, opts.Targets), c.refs(reg, opts.Excludes)
	for _, change := range changes {
		stays := slices.ContainsFunc(c.lostWith(change), func(r schema.Ref) bool { return excludes[r] })
		if (len(opts.Targets) == 0 || targets[change.Ref]) && !excludes[change.Ref] && !stays {
			c.chosen[change.Ref] = true
		}
	}
	for _, change := range changes {
		if c.chosen[change.Ref] {
			c.pull(change.Ref, excludes)
		}
	}
	s.changes = slices.DeleteFunc(slices.Clone(changes), func(change plan.Change) bool { return !c.chosen[change.Ref] })
	s.want = c.without(want)
	s.unseen = slices.DeleteFunc(slices.Clone(unseen), func(u plan.Unseen) bool {
		return len(opts.Targets) > 0 && !targets[u.Ref] || excludes[u.Ref]
	})
	s.found = c.found
	return s
}

type chooser struct {
	view   *view.View
	byRef  map[schema.Ref]plan.Change
	chosen map[schema.Ref]bool
	// users are the objects with a change that use one as they are.
	users map[schema.Ref][]schema.Ref
	found schema.Diagnostics
}

// without is the preseed without the joins and the departures that are not chosen.
func (c *chooser) without(want schema.Preseed) schema.Preseed {
	out := want
	out.Members = nil
	for _, m := range want.Members {
		change, differs := c.byRef[plan.MemberRef(m.Name)]
		if differs && change.Action == plan.Create && !c.chosen[change.Ref] {
			out.Later = append(slices.Clone(out.Later), m)
		} else {
			out.Members = append(out.Members, m)
		}
	}
	for _, o := range want.Want.OfKind(schema.KindMember) {
		if change, differs := c.byRef[o.Ref]; differs && change.Deletes() && !c.chosen[o.Ref] {
			o.State = ""
			out.Want = out.Want.Replace(o)
		}
	}
	return out
}

// refs reads names as flags give them; one that neither the preseed nor a difference has is an error.
func (c *chooser) refs(reg schema.Registry, texts []string) map[schema.Ref]bool {
	out := map[schema.Ref]bool{}
	for _, text := range texts {
		if o, declared := c.view.Want.Want.Meant(reg, text); declared {
			out[o.Ref] = true
			continue
		}
		if o, there := c.view.Live.Meant(reg, text); there {
			if _, differs := c.byRef[o.Ref]; differs {
				out[o.Ref] = true
				continue
			}
		}
		known := schema.Map(c.view.Want.Want.Refs(), func(r schema.Ref) string { return r.String() })
		c.found = append(c.found, schema.Diagnostic{Severity: schema.SeverityError, Code: plan.CodeUnknownTarget,
			Summary: fmt.Sprintf("cannot find %q in the preseed", text), Hint: schema.DidYouMean(text, known)})
	}
	return out
}

// pull chooses what a chosen object needs and what is not there yet, or what has to let go of one that goes, and says
// so.
func (c *chooser) pull(ref schema.Ref, excluded map[schema.Ref]bool) {
	needs, letGo := c.needs(ref), c.letGo(ref)
	for _, need := range append(needs, letGo...) {
		change, differs := c.byRef[need]
		switch {
		case !differs || change.Action == plan.Update && !slices.Contains(letGo, need) || c.chosen[need]:
			continue
		case excluded[need]:
			diag := plan.Refusal(plan.CodeExcluded, change.At, need, "cannot leave %s out: %s needs it", need, ref)
			diag.Hint = fmt.Sprintf("exclude %s as well, or neither", ref)
			c.found = append(c.found, diag)
			continue
		}
		c.chosen[need] = true
		c.found = append(c.found, schema.Diagnostic{Severity: schema.SeverityAdvice, Code: plan.CodePulledIn, Ref: need,
			Summary: fmt.Sprintf("%s is in the plan, too: %s needs it", need, ref)})
		c.pull(need, excluded)
	}
}

// lostWith returns the members that are given up, where an object is made anew because it goes with them.
func (c *chooser) lostWith(change plan.Change) []schema.Ref {
	if change.Action != plan.Create {
		return nil
	}
	return schema.Map(c.view.Current(change.Ref).MemberNames(), plan.MemberRef)
}

// letGo returns what uses an object that goes, and does so no more once the plan is done.
func (c *chooser) letGo(ref schema.Ref) []schema.Ref {
	if !c.byRef[ref].Deletes() || ref.Kind == schema.KindMember {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(c.users[ref]), func(user schema.Ref) bool {
		return slices.Contains(c.view.UsesThen(user), ref) || !c.view.Blocks(ref, user)
	})
}

// needs returns what has to be there before an object can be as desired.
func (c *chooser) needs(ref schema.Ref) []schema.Ref {
	needs := append(c.view.UsesThen(ref), c.lostWith(c.byRef[ref])...)
	if m := c.view.Member(ref.Name); ref == plan.MemberRef(m.Name) && m.Replaces != "" {
		needs = append(needs, plan.MemberRef(m.Replaces))
	}
	if c.view.Bootstrap != "" {
		needs = append(needs, plan.MemberRef(c.view.Bootstrap))
	}
	return slices.DeleteFunc(needs, func(r schema.Ref) bool { return r == ref })
}
