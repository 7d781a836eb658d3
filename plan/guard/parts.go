package guard

import (
	"fmt"
	"maps"
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// guardOfflineParts refuses what has to be done on a member that is offline: its evacuation, changes of its volumes,
// forwards and instances, and of what all members are told.
func guardOfflineParts(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	told := map[schema.Ref]bool{}
	for _, s := range p.Steps {
		for _, down := range p.down() {
			name := down.Member
			if told[s.Cause] || s.Op.Request == nil || !p.needs(s, name) {
				continue
			}
			told[s.Cause] = true
			diag := plan.Refusal(plan.CodeOffline, s.At, s.Cause, "cannot change %s while %s", s.Cause, down.Summary)
			diag.Member, diag.Hint = name, down.Hint
			out = append(out, diag)
		}
	}
	return out
}

// needs reports a step that a member takes part in.
func (p Proposal) needs(s plan.Step, member string) bool {
	kind := p.Kind(s.Cause.Kind)
	switch kind.Lifecycle {
	case schema.Placed:
		return s.Op.Request.Target == member
	case schema.Running:
		_, there := p.Current(s.Cause).Members[member]
		return there || s.Op.Request.Target == member
	case schema.Membership:
		return s.Op.Kind == plan.OpEvacuate && s.Cause.Name == member
	}
	return s.Op.Kind == plan.OpEdit && (kind.Told == schema.ToldAlways || kind.Told == schema.ToldInUse &&
		len(p.UsersOf(map[schema.Ref]bool{s.Cause: true})) > 0)
}

// guardUnmovable warns of evacuations that would end the member's daemon.
func guardUnmovable(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	for _, s := range p.Steps {
		if s.ID != plan.StepID("evacuate:"+s.Cause.Name) {
			continue
		}
		for _, o := range view.Unmovable(p.Live, s.Cause.Name) {
			out = append(out, schema.Diagnostic{Severity: schema.SeverityWarning, Code: plan.CodeRule, Position: s.At,
				Ref: o.Ref, Member: s.Cause.Name,
				Summary: fmt.Sprintf("%s is stopped while %s is evacuated: it has a disk without a pool, and the daemon would end over it",
					o.Ref, s.Cause.Name),
				Hint: "set " + view.PolicyKey + " of it to stop or migrate to say yourself what is to be done"})
		}
	}
	return out
}

// guardDestinations refuses moves into a cluster group of which no member can take the instance.
func guardDestinations(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	for _, c := range p.Changes {
		f, moves := c.Target()
		if !moves || c.Action != plan.Update || p.Destination(f.New) != "" {
			continue
		}
		at := f.At
		if at.Line == 0 {
			at = c.At
		}
		diag := plan.Refusal(plan.CodeNoDestination, at, c.Ref, "cannot move %s to %s: no member of that group can take it",
			c.Ref, f.New)
		diag.Detail = fmt.Sprintf("It is on %s. The group's members are offline, evacuated or leave, or there are none.",
			f.Old)
		diag.Hint = "put another member into the group, or give another target"
		out = append(out, diag)
	}
	return out
}

// adviseLeftKeys points at keys of parts that failed to come up which the preseed does not mention: a wrong source that
// was taken out of the file is still the one that LXD tries.
func adviseLeftKeys(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	for _, c := range p.Changes {
		live := p.Current(c.Ref)
		want := p.Wanted(c.Ref)
		if c.Action != plan.Resume || live.State != schema.StateErrored {
			continue
		}
		for _, m := range live.MemberNames() {
			part := live.Members[m]
			for _, key := range slices.Sorted(maps.Keys(part.Config)) {
				if _, said := want.Members[m].Config[key]; said || part.State != schema.StatePending {
					continue
				}
				out = append(out, schema.Diagnostic{Severity: schema.SeverityAdvice, Code: plan.CodeKeptKey, Ref: c.Ref,
					Member: m, Position: c.At,
					Summary: fmt.Sprintf("%s failed on %s and still has %s %s there, of which the preseed says nothing", c.Ref, m,
						key, part.Config[key]),
					Hint: fmt.Sprintf("if it is wrong, give another value in member_config of %s, or \"\" to leave it to the server",
						m)})
			}
		}
	}
	return out
}
