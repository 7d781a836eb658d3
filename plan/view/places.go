package view

import (
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
)

// Here returns the member that an instance is on; an instance is on one.
func Here(live schema.Object) string {
	for _, name := range live.MemberNames() {
		return name
	}
	return ""
}

// MemberSoon is a member with the groups that it will have: the desired ones, or those it has.
func MemberSoon(want, live schema.Cluster, name string) schema.Object {
	o, _ := want.Get(plan.MemberRef(name))
	if o.Lists["groups"] == nil {
		o, _ = live.Get(plan.MemberRef(name))
	}
	return o
}

func InGroup(member schema.Object, group string) bool {
	return slices.Contains(member.Lists["groups"], group)
}

// takes reports that a member of the group may be given instances: it joins, or is online and neither is nor is to be evacuated.
func (v *View) takes(name, group string) bool {
	m, there := v.Live.Facts.Members[name]
	want := v.Wanted(plan.MemberRef(name))
	away := want.State == schema.StateEvacuated || m.State == schema.StateEvacuated && want.State != schema.StatePresent
	return (m.Online || !there) && !away && InGroup(MemberSoon(v.Want.Want, v.Live, name), group)
}

// Destination returns the member to move to: of a group the online one with the fewest instances, the first by name.
// LXD 5.0.2 takes a group only when an instance is made.
func (v *View) Destination(target string) string {
	group, isGroup := strings.CutPrefix(target, "@")
	if !isGroup {
		return target
	}
	best := ""
	for _, name := range v.Members {
		if v.takes(name, group) && (best == "" || v.Live.Facts.Members[name].Instances < v.Live.Facts.Members[best].Instances) {
			best = name
		}
	}
	return best
}
