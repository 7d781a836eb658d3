package steps

import (
	"cmp"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// leftovers plans the repair of what a crash has left on members, in front of everything else: what was made of parts
// that the database does not call created, and servers on which a join or a bootstrap broke off or failed.
func leftovers(v *view.View, changes []plan.Change) []plan.Step {
	var out []plan.Step
	for _, c := range changes {
		for _, m := range v.Live.Facts.MemberOrder() {
			if left := v.Left(c, m); len(left) > 0 {
				out = append(out, clearPart(jobOf(v, c, view.Departures{}), m, left))
			}
		}
	}
	for _, c := range changes {
		if c.Ref.Kind == schema.KindMember && v.Wiped(c.Ref.Name) {
			out = append(out, rejoin(jobOf(v, c, view.Departures{}))...)
		}
	}
	for _, c := range changes {
		if c.Ref.Kind == schema.KindMember && v.Unbootstrapped(c.Ref.Name) {
			out = append(out, unbootstrap(jobOf(v, c, view.Departures{}))...)
		}
	}
	for _, c := range changes {
		if c.Ref.Kind == schema.KindMember && v.Restarted(c.Ref.Name) {
			out = append(out, restart(v.Member(c.Ref.Name), *v.Live.Facts.Hosts[c.Ref.Name].Remains)...)
		}
	}
	mended := out
	for _, name := range v.HeldUp() {
		out = append(out, online(name, mended))
	}
	for i := range out {
		out[i].Phase, out[i].At = plan.PhaseMended, at(changes, out[i].Cause)
		out[i].Sections = []plan.Section{plan.SectionCluster}
	}
	return out
}

// online waits for the heartbeat of a member once all is mended that keeps it away.
func online(name string, mended []plan.Step) plan.Step {
	s := plan.Step{ID: plan.StepID("online:" + name), Cause: mended[len(mended)-1].Cause, Member: name,
		Title: "Wait until " + name + " is Online",
		Op:    plan.Op{Kind: plan.OpSettle, Settle: &plan.Settle{Name: name}}, Risk: plan.Risk{Level: plan.RiskNone}}
	for _, m := range mended {
		s.Follows = append(s.Follows, plan.AfterStep(m.ID))
	}
	return s
}

func at(changes []plan.Change, of schema.Ref) schema.Position {
	return changes[slices.IndexFunc(changes, func(c plan.Change) bool { return c.Ref == of })].At
}

// clearPart removes what a daemon that died while it created its part has left, on which the next try fails.
func clearPart(j job, member string, left []string) plan.Step {
	r := j.Live.Facts.Hosts[member].Remains
	return plan.Step{ID: stepID("clear", j.change.Ref, member), Cause: j.change.Ref, Member: member,
		Title: on("Remove what is left of "+view.Named(j.kind, j.change.Ref), member),
		Op: plan.Op{Kind: plan.OpShell, Shell: &plan.Shell{Task: "clear", Binary: r.Binary, Folder: r.Folder,
			Names: []string{cmp.Or(r.Names[j.change.Ref], j.Current(j.change.Ref).PartName(member))}}},
		Risk: plan.Risk{Level: plan.RiskHigh, Stops: strings.Join(left, ", ")}}
}

// rejoin makes a server whose join broke off one that can join again: the cluster forgets the join, if it has
// anything of it, the server is wiped and started.
func rejoin(j job) []plan.Step {
	m := j.Member(j.change.Ref.Name)
	r := j.Live.Facts.Hosts[m.Name].Remains
	var bridges []string
	for _, n := range j.Live.OfKind(schema.KindNetwork) {
		if n.Attrs["type"] == "bridge" {
			bridges = append(bridges, n.PartName(m.Name))
		}
	}
	forget := plan.Step{ID: plan.StepID("forget:" + m.Name), Title: "Forget the join of " + m.Name + " that broke off",
		Cause: j.change.Ref, Member: j.Internal(),
		Op: plan.Op{Kind: plan.OpForget, LeaveRaft: &plan.LeaveRaft{Member: m.Name, Address: m.Address}},
		Risk: plan.Risk{Level: plan.RiskMedium,
			Stops: m.Name + " can no longer reach the database, until it joins again"}}
	wiped := onMachine(m, *r, "wipe", "Wipe "+m.Name+", which is no member", plan.Shell{Task: "wipe", Text: r.Stop,
		Names: bridges}, plan.Risk{Level: plan.RiskHigh,
		Stops: "the daemon of " + m.Name + ": its databases, empty pools and bridges are lost"})
	mended := append([]plan.Step{forget, wiped}, startAgain(m, *r)...)
	if r.Forgotten {
		mended = mended[1:]
	}
	return chain(mended...)
}

// restart ends a join that failed at its end: the daemon is a member when it starts again.
func restart(m schema.Member, r schema.Remains) []plan.Step {
	risk := apiRisk(m, r)
	risk.Undo = "start it"
	stopped := onMachine(m, r, "stop", "Stop the daemon of "+m.Name+": "+r.Stop,
		plan.Shell{Task: plan.TaskService, Text: r.Stop}, risk)
	return chain(append([]plan.Step{stopped}, startAgain(m, r)...)...)
}

// apiRisk is that of a daemon that is stopped for a moment.
func apiRisk(m schema.Member, r schema.Remains) plan.Risk {
	if r.StopsInstances {
		return plan.Risk{Level: plan.RiskHigh,
			Stops: "the API of " + m.Name + " and its instances, which its package shuts down"}
	}
	return plan.Risk{Level: plan.RiskMedium, Stops: "the API of " + m.Name + " until it is started; instances go on"}
}

// unbootstrap makes a server whose bootstrap broke off one of its own again, as it was before: it loses nothing.
func unbootstrap(j job) []plan.Step {
	m := j.Member(j.change.Ref.Name)
	return Unbootstrap(m, *j.Live.Facts.Hosts[m.Name].Remains)
}

// Unbootstrap is unbootstrap by what the machine of the member says. Where its certificate of the cluster is not whole,
// that is looked at once more there.
func Unbootstrap(m schema.Member, r schema.Remains) []plan.Step {
	var names []string
	if r.Torn != "" {
		names = []string{plan.TornFiles}
	}
	undone := onMachine(m, r, "unbootstrap", "Take the bootstrap of "+m.Name+" back, which broke off",
		plan.Shell{Task: plan.TaskUnbootstrap, Text: r.Stop, Names: names}, apiRisk(m, r))
	return chain(append([]plan.Step{undone}, startAgain(m, r)...)...)
}

// startAgain starts a daemon, and waits for it.
func startAgain(m schema.Member, r schema.Remains) []plan.Step {
	return []plan.Step{
		onMachine(m, r, "start", "Start the daemon of "+m.Name+": "+r.Start,
			plan.Shell{Task: plan.TaskService, Text: r.Start}, plan.Risk{Level: plan.RiskLow, Undo: "stop it"}),
		onMachine(m, r, "ready", "Wait until the daemon of "+m.Name+" answers", plan.Shell{Task: "ready"},
			plan.Risk{Level: plan.RiskNone}),
	}
}

// onMachine is a command on the machine of the member that changes.
func onMachine(m schema.Member, r schema.Remains, verb, title string, s plan.Shell, risk plan.Risk) plan.Step {
	s.Binary, s.Folder, s.Address = r.Binary, r.Folder, m.Address
	return plan.Step{ID: plan.StepID(verb + ":" + m.Name), Title: title, Cause: plan.MemberRef(m.Name), Member: m.Name,
		Op: plan.Op{Kind: plan.OpShell, Shell: &s}, Risk: risk}
}
