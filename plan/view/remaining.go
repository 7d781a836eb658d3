package view

import (
	"clusterctl/plan"
	"clusterctl/schema"
)

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
