package guard

import (
	"slices"

	"clusterctl/plan"
	"clusterctl/schema"
)

// guardVolumes refuses to empty a member whose volumes cannot be moved.
func guardVolumes(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	for _, s := range p.Departures.Stuck {
		at := schema.Position{}
		if i := slices.IndexFunc(p.Changes, func(c plan.Change) bool { return c.Ref == plan.MemberRef(s.Member) }); i >= 0 {
			at = p.Changes[i].At
		}
		diag := plan.Refusal(plan.CodeVolumeStays, at, s.Ref, "cannot move %s off %s: %s", s.Ref, s.Member, s.Why)
		diag.Detail, diag.Hint, diag.Member = s.Detail, s.Hint, s.Member
		out = append(out, diag)
	}
	return out
}
