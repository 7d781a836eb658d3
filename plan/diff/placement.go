package diff

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// partChanges returns the parts of members that are to be made or to go, for kinds whose entries name them.
func (d differ) partChanges(want, live schema.Object) []plan.FieldChange {
	shared := live.Ref.Kind != "" && len(live.Members) == 0 // a remote volume: a target only says who makes it
	if d.spec.Lifecycle != schema.Placed || shared {
		return nil
	}
	var out []plan.FieldChange
	for _, member := range want.MemberNames() {
		_, there := live.Members[member]
		f := plan.FieldChange{Path: "members." + member, Member: member}
		switch absent := want.Members[member].State == schema.StateAbsent; {
		case there && absent:
			f.Old, f.New = string(schema.StateCreated), string(schema.StateAbsent)
		case !there && !absent:
			f.New = string(schema.StateCreated)
		default:
			continue
		}
		out = append(out, d.at(want.Ref, f))
	}
	return out
}

// placement returns the difference between where an instance is and where it is to be. One without a target stays where
// it is, as does one that the evacuation of its target has moved away: it comes back with the member.
func (d differ) placement(want, live schema.Object) []plan.FieldChange {
	target, member := want.Attrs[plan.TargetAttr], view.Here(live)
	if d.spec.Lifecycle != schema.Running || target == "" || member == "" || d.goes(target) ||
		live.Attrs["origin"] == target && d.evacuated(target) {
		return nil
	}
	group, isGroup := strings.CutPrefix(target, "@")
	if member == target || isGroup && !d.leaves(member) && view.WillBeIn(d.want.Want, d.live, member, group) {
		return nil
	}
	f := plan.FieldChange{Path: "attrs." + plan.TargetAttr, Key: plan.TargetAttr, Old: member, New: target}
	return []plan.FieldChange{d.at(want.Ref, f)}
}

// evacuated reports a member that is evacuated, or is to be, or goes: its instances are where the evacuation has put
// them, moved or stopped, until they come back with it.
func (d differ) evacuated(name string) bool {
	want, _ := d.want.Want.Get(plan.MemberRef(name))
	live, _ := d.live.Get(plan.MemberRef(name))
	return live.State == schema.StateEvacuated || want.State == schema.StateEvacuated || d.goes(name)
}

// goes reports a member that leaves or is given up.
func (d differ) goes(name string) bool {
	want, _ := d.want.Want.Get(plan.MemberRef(name))
	return want.State == schema.StateAbsent || want.State == schema.StateLost
}

// leaves reports a member that is to be no member any more.
func (d differ) leaves(name string) bool {
	want, _ := d.want.Want.Get(plan.MemberRef(name))
	return want.State == schema.StateAbsent
}

// atRest leaves out that an instance does not run while its member is evacuated.
func (d differ) atRest(fields []plan.FieldChange, live schema.Object) []plan.FieldChange {
	if d.spec.Lifecycle != schema.Running || !slices.ContainsFunc(live.MemberNames(), d.evacuated) {
		return fields
	}
	return slices.DeleteFunc(fields, func(f plan.FieldChange) bool { return f.Path == "attrs.running" })
}

// EvacuationState returns the difference between a member's desired and live state, if there is one: only a state
// that the preseed gives counts.
func EvacuationState(want, live schema.Object) (plan.FieldChange, bool) {
	evacuated := live.State == schema.StateEvacuated
	if want.State == schema.StateEvacuated && !evacuated || want.State == schema.StatePresent && evacuated {
		return plan.FieldChange{Path: "state", Key: "state", Old: string(live.State), New: string(want.State)}, true
	}
	return plan.FieldChange{}, false
}

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

// Restored returns the live side of a plan that is made from a dump with the texts that a dump spoils. LXD 5.0.2
// (lxd sql .dump) writes the line feeds of a text as \n, and so a \n that was in it before reads as a line feed. Where
// that is all that differs, nothing does.
func Restored(want, live schema.Cluster) schema.Cluster {
	if live.Facts.Source != schema.SourceDump {
		return live
	}
	objects := live.Objects()
	for i, o := range objects {
		wanted, declared := want.Get(o.Ref)
		if !declared {
			continue
		}
		o = o.Clone()
		o.Attrs, o.Config = unspoilt(wanted.Attrs, o.Attrs), unspoilt(wanted.Config, o.Config)
		for name, device := range o.Devices {
			o.Devices[name] = unspoilt(wanted.Devices[name], device)
		}
		for member, part := range o.Members {
			part.Config = unspoilt(wanted.Members[member].Config, part.Config)
			o.Members[member] = part
		}
		objects[i] = o
	}
	return schema.NewCluster(live.Facts, objects...)
}

func unspoilt(want, live map[string]string) map[string]string {
	out := maps.Clone(live)
	for key, value := range live {
		if w := want[key]; w != value && strings.Contains(w, "\n") && strings.ReplaceAll(w, `\n`, "\n") == value {
			out[key] = w
		}
	}
	return out
}
