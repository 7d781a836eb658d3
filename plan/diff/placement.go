package diff

import (
	"cmp"
	"encoding/json"
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

// rebuilt returns the difference between the image that an instance was made from and the one that it names by now, if
// it is to be rebuilt for that. An image that is not known is no difference.
func (d differ) rebuilt(want, live schema.Object) (plan.FieldChange, bool) {
	if d.spec.Lifecycle != schema.Running || want.Attrs["rebuild"] != "true" || live.State != schema.StateCreated {
		return plan.FieldChange{}, false
	}
	f := plan.FieldChange{Path: "attrs.image", Key: "image", Old: live.Attrs["image"], New: d.imageOf(want)}
	if f.New == "" || strings.HasPrefix(f.Old, f.New) {
		return f, false
	}
	return d.at(want.Ref, f), true
}

// imageOf is the fingerprint of the image that an instance names, or the beginning of it; empty when it is not known.
func (d differ) imageOf(want schema.Object) string {
	var source map[string]string
	if json.Unmarshal([]byte(want.Attrs["source"]), &source) != nil || source["alias"] == "" || source["server"] != "" {
		return source["fingerprint"]
	}
	ref := view.Meant(d.live, schema.Ref{Kind: schema.KindImage, Project: want.Ref.Project, Name: source["alias"]})
	declared, _ := d.want.Want.Get(ref)
	there, _ := d.live.Get(ref)
	return cmp.Or(declared.Attrs["fingerprint"], there.Attrs["fingerprint"])
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
