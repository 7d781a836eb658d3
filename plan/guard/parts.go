package guard

import (
	"fmt"
	"maps"
	"slices"
	"strings"

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

// guardDestinations refuses to put instances where nobody takes them: into a cluster group of which no member can, or
// on a member that is evacuated: it makes none ("Cluster member is evacuated", lxd 5.0.2 and incus 6.0.4, measured),
// and LXD 5.0.2, which takes a move there, starts none.
func guardDestinations(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	for _, c := range p.Changes {
		f, moves := c.Target()
		target := p.Wanted(c.Ref).Attrs[plan.TargetAttr]
		isGroup := strings.HasPrefix(target, "@")
		if c.Ref.Kind != schema.KindInstance || target == "" || c.Action != plan.Create && (c.Action != plan.Update ||
			!moves) ||
			isGroup && p.Destination(target) != "" || !isGroup && !p.Evacuated(target) {
			continue
		}
		verb, why := "move", "it is evacuated"
		diag := plan.Refusal(plan.CodeNoDestination, p.Want.Source.At(c.Ref, "attrs."+plan.TargetAttr), c.Ref, "")
		if c.Action == plan.Create {
			verb = "create"
		} else {
			diag.Detail = fmt.Sprintf("It is on %s.", f.Old)
		}
		diag.Hint = "give another target, or restore the member with state: present"
		if isGroup {
			why = "no member of that group can take it"
			diag.Detail = strings.TrimSpace(diag.Detail +
				" The group's members are offline, evacuated or leave, or there are none.")
			diag.Hint = "put another member into the group, or give another target"
		}
		on := map[string]string{"move": "to", "create": "on"}[verb]
		diag.Summary = fmt.Sprintf("cannot %s %s %s %s: %s", verb, c.Ref, on, target, why)
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
