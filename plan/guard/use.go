package guard

import (
	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// guardInUse refuses deletions of what something else still uses once the plan is done: LXD refuses them at apply, when
// steps before them are done already.
func guardInUse(p Proposal) schema.Diagnostics {
	deleted := map[schema.Ref]bool{}
	for _, c := range p.Changes {
		if c.Action == plan.Delete && c.Ref.Kind != schema.KindMember {
			deleted[c.Ref] = true
		}
	}
	if len(deleted) == 0 {
		return nil
	}
	inUse := p.UsersOf(deleted)
	var out schema.Diagnostics
	for _, c := range p.Changes {
		users := inUse[c.Ref]
		if len(users) == 0 {
			continue
		}
		diag := plan.Refusal(plan.CodeInUse, c.At, c.Ref, "cannot delete %s: %s", c.Ref, view.UsedBy(users))
		diag.Detail = "LXD deletes nothing that is in use."
		diag.Hint = "let them use something else, or take them away in the same plan"
		out = append(out, diag)
	}
	return out
}
