package view

import (
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
)

// View is the two sides of a plan and what follows from them alone. It is read only once it is made.
type View struct {
	Want schema.Preseed
	Live schema.Cluster
	Reg  schema.Registry
	// Bootstrap is the member that will bootstrap; empty when the cluster is there.
	Bootstrap string
	// Joiners are the members that will join, in file order.
	Joiners []schema.Member
	// Members are the names of all members once the plan is done, sorted.
	Members []string
	// Evacuate reports that members which leave are emptied first: their instances evacuated, their volumes moved.
	Evacuate bool
}

// New returns the view of two sides.
func New(want schema.Preseed, live schema.Cluster, reg schema.Registry, evacuate bool) *View {
	v := &View{Want: want, Live: live, Reg: reg, Evacuate: evacuate}
	for name, m := range live.Facts.Members {
		if live.Facts.Clustered && m.State != schema.StatePending && !v.leaves(name) {
			v.Members = append(v.Members, name)
		}
	}
	for _, m := range want.Members {
		if _, declared := want.Want.Get(plan.MemberRef(m.Name)); !declared || v.leaves(m.Name) ||
			slices.Contains(v.Members, m.Name) {
			continue
		}
		if !live.Facts.Clustered && m.Name == want.Bootstrap {
			v.Bootstrap = m.Name
		} else {
			v.Joiners = append(v.Joiners, m)
		}
		v.Members = append(v.Members, m.Name)
	}
	slices.Sort(v.Members)
	return v
}

// leaves reports a member that the preseed wants to be none, cleanly or not.
func (v *View) leaves(member string) bool {
	state := v.Wanted(plan.MemberRef(member)).State
	return state == schema.StateAbsent || state == schema.StateLost
}

// Wanted returns the desired object; an empty one when the preseed does not mention it.
func (v *View) Wanted(r schema.Ref) schema.Object {
	o, _ := v.Want.Want.Get(r)
	return o
}

// Current returns the live object; an empty one when there is none.
func (v *View) Current(r schema.Ref) schema.Object {
	o, _ := v.Live.Get(r)
	return o
}

// Product is what the servers run.
func (v *View) Product() schema.Product { return v.Live.Facts.Flavour.Product }

// Kind returns the kind of that name.
func (v *View) Kind(name schema.KindName) schema.Kind {
	kind, _ := v.Reg.Kind(name)
	return kind
}

// Member returns a member as the preseed describes it.
func (v *View) Member(name string) schema.Member {
	i := slices.IndexFunc(v.Want.Members, func(m schema.Member) bool { return m.Name == name })
	if i < 0 {
		return schema.Member{Name: name}
	}
	return v.Want.Members[i]
}

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

// Evacuated reports a member that takes no instances: it is evacuated and stays so, or is to be.
func (v *View) Evacuated(name string) bool {
	want := v.Wanted(plan.MemberRef(name)).State
	return want == schema.StateEvacuated ||
		v.Live.Facts.Members[name].State == schema.StateEvacuated && want != schema.StatePresent
}

// takes reports that a member of the group may be given instances: it joins, or is online and takes some.
func (v *View) takes(name, group string) bool {
	m, there := v.Live.Facts.Members[name]
	return (m.Online || !there) && !v.Evacuated(name) && WillBeIn(v.Want.Want, v.Live, name, group)
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
