package steps

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/plan/diff"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// clear plans what the preseed takes off the members that leave: instances that are to be elsewhere, and what is to be
// deleted. LXD wants such a member empty, so this cannot wait for its turn.
func clear(v *view.View, changes []plan.Change, leaving view.Departures) []plan.Step {
	var out, gone, deletions []plan.Step
	for _, c := range changes {
		j := jobOf(v, c, leaving)
		for _, member := range v.Leaving() {
			switch {
			case !leaving.Cleared[view.Place{Ref: c.Ref, Member: member}]:
			case j.kind.Lifecycle == schema.Running && c.Action != plan.Delete:
				out = append(out, j.relocate()...)
			case j.kind.Lifecycle == schema.Running:
				gone = append(gone, j.discard()...)
			case j.kind.Lifecycle == schema.Placed && (c.Action == plan.Delete || c.LosesPart()):
				deletions = append(deletions, j.displace(member))
			}
		}
	}
	return slices.Concat(out, gone, deletions)
}

// removals plans the removal of members whose desired state is that one, one after the other: lost ones are removed by
// force before anything else, since most changes need every member; absent ones once their successors have joined.
func removals(v *view.View, changes []plan.Change, state schema.State, leaving view.Departures) []plan.Step {
	var out []plan.Step
	var before []plan.Need
	add := func(steps ...plan.Step) {
		for i := range steps {
			steps[i].Follows = before
		}
		if len(steps) > 0 {
			out, before = append(out, steps...), after(steps...)
		}
	}
	for _, c := range changes {
		j := jobOf(v, c, leaving)
		if c.Ref.Kind != schema.KindMember || c.Action != plan.Delete || j.want.State != state {
			continue
		}
		lost := state == schema.StateLost
		if v.EvacuatesFirst(c.Ref.Name, lost) {
			for _, s := range j.evacuation("evacuate") {
				add(s)
			}
		}
		if !lost {
			add(j.vacate()...)
		}
		add(j.removeMember(lost))
	}
	return out
}

func (j job) removeMember(lost bool) plan.Step {
	name := j.change.Ref.Name
	risk := plan.Risk{Level: plan.RiskHigh, Before: j.VotersWithout(""), After: j.VotersWithout(name)}
	title := "Remove " + name
	if lost {
		title += " by force"
		risk.Stops = j.Losses(name)
	}
	return plan.Step{
		ID: plan.StepID("remove:" + name), Title: title, Cause: j.change.Ref,
		Op: plan.Op{Kind: plan.OpRemove, Request: &plan.Request{Method: "DELETE", Path: j.kind.ObjectPath(j.change.Ref),
			Force: lost, Gone: true}},
		Expect: plan.Expect{Ref: j.change.Ref, Absent: true}, Sections: j.sections(), Risk: risk, At: j.change.At,
	}
}

// vacate plans moving the custom volumes off a member that leaves.
func (j job) vacate() []plan.Step {
	kind := j.Kind(schema.KindVolume)
	var out []plan.Step
	for _, m := range j.leaving.Moves {
		if m.From != j.change.Ref.Name {
			continue
		}
		pool, name := kind.Split(m.Volume)
		out = append(out, plan.Step{
			ID: stepID("move", m.Volume, m.From), Title: "Move " + view.Named(kind, m.Volume) + " from " + m.From + " to " +
				m.To, Cause: j.change.Ref,
			Op: plan.Op{Kind: plan.OpMove, Move: &plan.Move{Pool: pool, Name: name, Project: view.Project(kind, m.Volume),
				From: m.From, To: m.To, Address: j.Live.Facts.Members[m.From].Address}},
			Expect: plan.Expect{Ref: m.Volume, Member: m.To}, Sections: j.sections(), At: j.change.At,
			Risk: plan.Risk{Level: plan.RiskMedium, Stops: m.Volume.Name + ", which must not be used while it is copied",
				Undo: "move it back to " + m.From},
		})
	}
	return out
}

// evacuation plans it, with the instances over which the daemon would end told to stop meanwhile: it would move none of
// them anyhow.
func (j job) evacuation(action string) []plan.Step {
	out := []plan.Step{j.evacuate(action)}
	if action == "restore" {
		return out
	}
	kind := j.Kind(schema.KindInstance)
	for _, o := range view.Unmovable(j.Live, j.change.Ref.Name) {
		keep := func(id, title, policy, was string) plan.Step {
			return plan.Step{ID: stepID(id, o.Ref, ""), Title: fmt.Sprintf(title, view.Named(kind, o.Ref)), Cause: o.Ref,
				Op: plan.Op{Kind: plan.OpEdit, Request: &plan.Request{Method: "PUT", Path: kind.ObjectPath(o.Ref),
					Project: view.Project(kind, o.Ref),
					Body:    plan.Body(map[string]any{"config": map[string]string{view.PolicyKey: policy, plan.PolicyMark: was}})}},
				Risk: plan.Risk{Level: plan.RiskLow, Undo: "unset " + view.PolicyKey}, At: j.change.At}
		}
		was := view.Policy(o)
		out = append([]plan.Step{keep("stay", "Have %s stopped, not moved", "stop", cmp.Or(was, plan.PolicyUnset))}, out...)
		out = append(out, keep("unstay", "Have %s moved again where it can be", was, ""))
	}
	return out
}

// evacuate plans moving the instances of a member away, or back.
func (j job) evacuate(action string) plan.Step {
	name := j.change.Ref.Name
	stops, undo := movesAway(name, j.Live.Facts.Members[name].Instances, j.leaving.Relocated[name]),
		"restore the member"
	if action == "restore" {
		stops, undo = "instances that came from "+name+" move back", "evacuate the member"
	}
	return plan.Step{
		ID:    plan.StepID(action + ":" + name),
		Title: map[string]string{"evacuate": "Evacuate ", "restore": "Restore "}[action] + name, Cause: j.change.Ref,
		Op: plan.Op{Kind: plan.OpEvacuate, Request: j.request("POST", j.kind.ObjectPath(j.change.Ref)+"/state",
			map[string]string{"action": action})},
		Sections: j.sections(), Risk: plan.Risk{Level: plan.RiskMedium, Stops: stops, Undo: undo}, At: j.change.At,
	}
}

// movesAway says what an evacuation does to the instances that are there now, but for those that were taken away before.
func movesAway(member string, instances, before int) string {
	switch left := max(0, instances-before); {
	case left == 0 && before > 0:
		return "any other instances on " + member + " are stopped or moved"
	case left == 0:
		return "instances on " + member + " are stopped or moved"
	case left == 1:
		return "1 instance on " + member + " is stopped or moved"
	default:
		return fmt.Sprintf("%d instances on %s are stopped or moved", left, member)
	}
}

// unplaced waits until the instances on the member that move or go have done so: Incus 7 takes no member out of a group
// while an instance there came by that group. Those that move to a group wait for the members themselves.
func (j job) unplaced() []plan.Need {
	if now := j.Live.Facts.Flavour; now.Product != schema.Incus || !now.AtLeast("7") {
		return nil
	}
	var out []plan.Need
	for _, o := range j.Live.OfKind(schema.KindInstance) {
		if _, here := o.Members[j.change.Ref.Name]; here && !strings.HasPrefix(j.Wanted(o.Ref).Attrs[plan.TargetAttr], "@") {
			out = append(out, plan.AfterStep(stepID("delete", o.Ref, "")), plan.AfterStep(stepID("move", o.Ref, "")))
		}
	}
	return out
}

// memberSettings plans what a member has beside its membership: description, failure domain, groups, configuration, and
// whether it is evacuated. The member's PUT always carries every field, so it is an edit. Of a new member only what
// differs from a fresh one's.
func memberSettings(j job) []plan.Step {
	c := &j.change
	if c.Action == plan.Create {
		fresh := schema.Object{Ref: c.Ref, Body: schema.Body{
			Attrs: map[string]string{"address": j.want.Attrs["address"], "failure_domain": "default"},
			Lists: map[string][]string{"groups": {"default"}}}}
		c.Action, c.Fields = plan.Update, diff.Fields(j.kind.Spec, j.View, j.want, fresh)
	}
	if c.Action != plan.Update && c.Action != plan.Resume {
		return nil
	}
	out := j.edit()
	if len(out) > 0 && c.Action == plan.Resume {
		out[0].Follows = append(out[0].Follows, plan.AfterPhase(plan.PhaseMended))
	}
	if len(out) > 0 {
		out[0].Follows = append(out[0].Follows, j.unplaced()...)
	}
	if _, differs := diff.EvacuationState(j.want, j.live); differs {
		action := "evacuate"
		if j.want.State == schema.StatePresent {
			action = "restore"
		}
		out = append(out, j.evacuation(action)...)
	}
	return slices.Clip(chain(out...))
}

// leaveRaft plans a look at the database's Raft configuration for every member that is removed: LXD may leave it
// there, as it does with one that led the database (measured on lxd 5.0.2), and then it is taken out. It comes last,
// when no join changes roles any more, and not for an address that a joiner takes over.
func leaveRaft(v *view.View, changes []plan.Change) []plan.Step {
	taken := map[string]bool{}
	for _, m := range v.Joiners {
		taken[m.Address] = true
	}
	var out []plan.Step
	for _, c := range changes {
		address := v.Live.Facts.Members[c.Ref.Name].Address
		if c.Ref.Kind != schema.KindMember || c.Action != plan.Delete || taken[address] {
			continue
		}
		out = append(out, plan.Step{
			ID:    plan.StepID("leave-raft:" + c.Ref.Name),
			Title: "Take " + c.Ref.Name + " out of the Raft configuration, if it is left there", Cause: c.Ref,
			Op: plan.Op{Kind: plan.OpLeaveRaft, LeaveRaft: &plan.LeaveRaft{Member: c.Ref.Name, Address: address,
				Voters: votersAfter(v)}},
			Follows:  []plan.Need{plan.AfterStep(plan.StepID("remove:" + c.Ref.Name)), plan.AfterPhase(plan.PhaseFormed)},
			Sections: []plan.Section{plan.SectionCluster}, Risk: plan.Risk{Level: plan.RiskLow}, At: c.At,
		})
	}
	return out
}

// votersAfter is how many members will vote once the plan is done: those that are offline get no role.
func votersAfter(v *view.View) int {
	roles, known := v.RolesAfter()
	if !known {
		return 0
	}
	return view.VotersAmong(roles).Online
}
