package guard

import (
	"maps"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// Destroy refuses deletions that nobody consented to by name, that are protected, or that LXD never makes.
func Destroy(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	for _, c := range p.Changes {
		if !c.Deletes() && !c.LosesPart() {
			continue
		}
		kind := p.Kind(c.Ref.Kind)
		switch {
		case slices.Contains(kind.Builtin, c.Ref.Name) && (c.Ref.Project == "" || c.Ref.Kind == schema.KindProfile):
			out = append(out, plan.Refusal(plan.CodeBuiltin, c.At, c.Ref, "cannot delete %s: it is %s's own", c.Ref,
				p.Product().Title()))
		case view.IsNamed(p.Live, p.Reg, c.Ref, p.Want.Settings.Protect):
			diag := plan.Refusal(plan.CodeProtected, c.At, c.Ref, "cannot delete %s: it is protected", c.Ref)
			diag.Hint = "take it out of clusterctl: protect"
			out = append(out, diag)
		case !view.IsNamed(p.Live, p.Reg, c.Ref, p.AllowDestroy):
			names := p.Live.Names(p.Reg, c.Ref)
			diag := plan.Refusal(plan.CodeDestroy, c.At, c.Ref, "deleting %s needs consent by name", c.Ref)
			diag.Hint = "add --allow-destroy " + names[len(names)-1].String()
			switch {
			case c.Action == plan.Rebuild && kind.Lifecycle == schema.Running:
				diag.Summary = "rebuilding " + c.Ref.String() + " needs consent by name"
				diag.Detail = "All that is on its root disk is lost."
			case c.Action == plan.Rebuild:
				diag.Detail = "It never was whole, and is created anew as declared."
			}
			if want := p.Wanted(c.Ref); want.State == schema.StateLost {
				diag.Detail = "Consider: " + p.Losses(c.Ref.Name) + "."
			}
			out = append(out, diag)
		}
	}
	return out
}

// guardProtected refuses deletions that would take something along that is protected: with a member that is lost, with
// its project, or with what it belongs to.
func guardProtected(p Proposal) (out schema.Diagnostics) {
	gone := map[schema.Ref]bool{}
	var kept []schema.Ref
	if len(p.Want.Settings.Protect) > 0 {
		for o := range p.Live.All() {
			itself := func(c plan.Change) bool { return c.Ref == o.Ref && c.Deletes() }
			if view.IsNamed(p.Live, p.Reg, o.Ref, p.Want.Settings.Protect) && !slices.ContainsFunc(p.Changes, itself) {
				kept = append(kept, o.Ref)
			}
		}
	}
	for _, c := range p.Changes {
		if gone[c.Ref] = c.Deletes(); !gone[c.Ref] {
			continue
		}
		kept = slices.DeleteFunc(kept, func(r schema.Ref) bool {
			goes := p.GoesWith(r, gone)
			if goes {
				diag := plan.Refusal(plan.CodeProtected, c.At, c.Ref,
					"cannot delete %s: %s is protected, and goes with it", c.Ref, r)
				diag.Hint = "take it out of clusterctl: protect"
				out = append(out, diag)
			}
			return goes
		})
	}
	return out
}

// guardLeftovers refuses to remove what a crash has left on a member without consent.
func guardLeftovers(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	left := map[string][]string{}
	for _, s := range p.Steps {
		if shell := s.Op.Shell; shell != nil && (shell.Task == "clear" || shell.Task == "wipe") {
			left[s.Member] = append(left[s.Member], s.Title+": "+s.Risk.Stops+".")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		consent := "leftovers/" + name
		if slices.Contains(p.AllowDestroy, consent) {
			continue
		}
		diag := plan.Refusal(plan.CodeDestroy, schema.Position{}, plan.MemberRef(name),
			"removing what a crash has left on %s needs consent", name)
		diag.Member, diag.Detail, diag.Hint = name, strings.Join(left[name], " "), "add --allow-destroy "+consent
		out = append(out, diag)
	}
	return out
}
