package view

import (
	"slices"

	"clusterctl/plan"
	"clusterctl/schema"
)

// Along returns what is there and goes with an object that is deleted because it belongs to it, such as the records of
// a zone, in order. What is to go by itself is left out, and what keeps the object from being deleted.
func (v *View) Along(r schema.Ref) []string {
	var out []string
	for _, kind := range v.Reg.All() {
		if kind.Parent != r.Kind {
			continue
		}
		for _, o := range v.Live.OfKind(kind.Name) {
			then, stays := v.Then(o.Ref)
			stays = stays && (len(then.Members) > 0 || len(o.Members) == 0)
			if stays && v.parentOf(o) == r && !v.Blocks(r, o.Ref) {
				out = append(out, o.Ref.String())
			}
		}
	}
	return out
}

// GoesWith reports an object that goes with others: with what it belongs to, with its project where LXD makes and
// deletes it with that, and with the members on which alone it lives. Of members that leave cleanly LXD wants instances
// and volumes taken off before.
func (v *View) GoesWith(r schema.Ref, gone map[schema.Ref]bool) bool {
	kind, o := v.Kind(r.Kind), v.Current(r)
	if gone[schema.Ref{Kind: schema.KindProject, Name: r.Project}] && v.goesWithProject(r) {
		return true
	}
	if parent := v.parentOf(o); parent.Kind != "" && (gone[parent] || v.GoesWith(parent, gone)) {
		return true
	}
	stays := func(member string) bool {
		moved := kind.Lifecycle == schema.Running || kind.Name == schema.KindVolume
		ref := plan.MemberRef(member)
		return !gone[ref] || moved && !v.lost(member)
	}
	return OnMembers(kind) && len(o.Members) > 0 && !slices.ContainsFunc(o.MemberNames(), stays)
}

// lost reports a member that is given up, by its entry or by that of one that replaces it.
func (v *View) lost(member string) bool {
	return v.Wanted(plan.MemberRef(member)).State == schema.StateLost ||
		slices.ContainsFunc(slices.Concat(v.Want.Members, v.Want.Later),
			func(m schema.Member) bool { return m.Replaces == member })
}

// parentOf is the live object that one belongs to; empty where it belongs to none.
func (v *View) parentOf(o schema.Object) schema.Ref {
	kind := v.Kind(o.Ref.Kind)
	for _, r := range kind.References(o) {
		if kind.Parent != "" && r.Field == kind.ParentKey && r.Ref.Kind == kind.Parent {
			return Meant(v.Live, r.Ref)
		}
	}
	return schema.Ref{}
}

// Remaining is a live object without what goes with members that are given up as lost, which are removed before all
// else, and the first of these that has something of it. There is no object any more when all of it goes.
func Remaining(want schema.Cluster, kind schema.Kind, live schema.Object) (left schema.Object, lost string) {
	if !OnMembers(kind) {
		return live, ""
	}
	left = live
	for _, member := range live.MemberNames() {
		if o, _ := want.Get(plan.MemberRef(member)); o.State != schema.StateLost {
			continue
		}
		if lost == "" {
			left, lost = live.Clone(), member
		}
		delete(left.Members, member)
	}
	if lost != "" && len(left.Members) == 0 {
		return schema.Object{}, lost
	}
	return left, lost
}

// Remaining is the live object without what goes with members that are given up; ok is false when there is none then.
func (v *View) Remaining(r schema.Ref) (o schema.Object, ok bool) {
	live, there := v.Live.Get(r)
	left, _ := Remaining(v.Want.Want, v.Kind(r.Kind), live)
	return left, there && left.Ref.Kind != ""
}
