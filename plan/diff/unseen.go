package diff

import (
	"cmp"
	"maps"
	"slices"

	"clusterctl/plan"
	"clusterctl/schema"
)

// notSeen returns what the preseed declares of an object and nobody saw: all of it when the kind was not read, else the
// parts of members that did not answer.
func (d differ) notSeen(want, live schema.Object) (unseen []plan.Unseen, all bool) {
	if s, hidden := d.facts.KindNotSeen(want.Ref.Kind, ""); hidden {
		return []plan.Unseen{d.unseen(want.Ref, "", "", s)}, true
	}
	look := schema.LookParts
	if d.spec.Lifecycle == schema.Singleton {
		look = schema.LookServerKeys
	}
	for _, member := range want.MemberNames() {
		part, there := live.Members[member]
		m, known := d.facts.Members[member]
		switch {
		case len(want.Members[member].Config)+len(want.Members[member].Attrs) == 0, !known, m.State == schema.StatePending:
		case there && part.State != schema.StateUnknown, !there && look != schema.LookServerKeys:
		default:
			s, _ := d.facts.NotSeen(look, member)
			u := d.unseen(want.Ref, member, "members."+member, s)
			for _, key := range slices.Sorted(maps.Keys(want.Members[member].Config))[:min(1,
				len(want.Members[member].Config))] {
				u.At = d.source.At(want.Ref, u.Path+"."+key)
			}
			unseen = append(unseen, u)
		}
	}
	if live.State == schema.StateUnknown && d.spec.Lifecycle == schema.Running {
		member := ""
		if names := live.MemberNames(); len(names) > 0 {
			member = names[0]
		}
		s, _ := d.facts.NotSeen(schema.LookParts, member)
		return append(unseen, d.unseen(want.Ref, member, "", s)), true
	}
	return unseen, false
}

// seen returns the differences in what was seen, and what else is declared there.
func (d differ) seen(ref schema.Ref, fields []plan.FieldChange) (seen []plan.FieldChange, unseen []plan.Unseen) {
	for _, f := range fields {
		if s, hidden := d.facts.KindNotSeen(ref.Kind, f.Path); hidden {
			unseen = append(unseen, d.unseen(ref, f.Member, f.Path, s))
		} else {
			seen = append(seen, f)
		}
	}
	return seen, unseen
}

func (d differ) unseen(ref schema.Ref, member, path string, s schema.Sighting) plan.Unseen {
	return plan.Unseen{Ref: ref, Member: member, Path: path, Fault: s.Fault, Cause: cmp.Or(s.Cause, "it was not read"),
		At: d.source.At(ref, path)}
}
