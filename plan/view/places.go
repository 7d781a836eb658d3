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

// WillBeIn reports a member that is to be in a group: its desired groups count, or those it has.
func WillBeIn(want, live schema.Cluster, member, group string) bool {
	o, _ := want.Get(plan.MemberRef(member))
	if o.Lists["groups"] == nil {
		o, _ = live.Get(plan.MemberRef(member))
	}
	return slices.Contains(o.Lists["groups"], group)
}

// takes reports that a member of the group may be given instances: it joins, or is online and neither is nor is to be
// evacuated.
func (v *View) takes(name, group string) bool {
	m, there := v.Live.Facts.Members[name]
	want := v.Wanted(plan.MemberRef(name))
	away := want.State == schema.StateEvacuated || m.State == schema.StateEvacuated && want.State != schema.StatePresent
	return (m.Online || !there) && !away && WillBeIn(v.Want.Want, v.Live, name, group)
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
		if v.takes(name, group) && (best == "" ||
			v.Live.Facts.Members[name].Instances < v.Live.Facts.Members[best].Instances) {
			best = name
		}
	}
	return best
}

// Named is the title of an object in a step: "profile web", "profile web of project shop".
func Named(kind schema.Kind, r schema.Ref) string {
	name := r.Name
	if kind.NameKey == "-" {
		name = name[:min(len(name), 12)] // a fingerprint
	}
	text := kind.Title + " " + name
	if r.Project != "" && r.Project != schema.DefaultProject {
		text += " of project " + r.Project
	}
	return text
}

// Project is the project that a request about an object names: none for the default one.
func Project(kind schema.Kind, r schema.Ref) string {
	if kind.Scope == schema.ScopeProject && r.Project != schema.DefaultProject {
		return r.Project
	}
	return ""
}
