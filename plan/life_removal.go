package plan

import (
	"fmt"
	"slices"

	"clusterctl/schema"
)

// removals plans the removal of members whose desired state is that one: lost ones are removed by force before
// anything else, since most changes need every member; absent ones once their successors have joined.
func (d *draft) removals(changes []Change, state schema.State) {
	kind, _ := d.reg.Kind(schema.KindMember)
	for _, c := range changes {
		want, _ := d.want.Want.Get(c.Ref)
		if c.Ref.Kind != schema.KindMember || c.Action != Delete || want.State != state {
			continue
		}
		lost := state == schema.StateLost
		risk := Risk{Level: RiskHigh, Before: d.online(""), After: d.online(c.Ref.Name)}
		title := "Remove " + c.Ref.Name
		if lost {
			title += " by force"
			risk.Stops = d.losses(c.Ref.Name)
		}
		if d.evacuatesFirst(c.Ref.Name, lost) {
			d.evacuation(kind, c, schema.Object{Ref: c.Ref, State: schema.StateEvacuated})
			d.formed = d.leaves()
		}
		if d.evacuate && !lost {
			d.vacate(c)
		}
		d.formed = []StepID{d.add(Step{
			ID: StepID("remove:" + c.Ref.Name), Title: title, Cause: c.Ref,
			Op:     Op{Kind: OpRemove, Request: &Request{Method: "DELETE", Path: kind.ObjectPath(c.Ref), Force: lost, Gone: true}},
			Needs:  slices.Clone(d.formed),
			Expect: Expect{Ref: c.Ref, Absent: true}, Serial: true, Risk: risk, At: c.At,
		})}
	}
}

// losses says what goes with a member that is removed by force.
func (d *draft) losses(name string) string {
	m := d.live.Facts.Members[name]
	held := Holdings(d.live, d.reg, name)
	if m.Instances == 0 && m.Volumes == 0 && len(held) == 0 {
		return "the server must be wiped before it can come back"
	}
	text := "what is on it is lost for LXD"
	if m.Instances+m.Volumes > 0 {
		text = usage(remains{instances: m.Instances, volumes: m.Volumes}) + " on it: lost for LXD"
	}
	if len(held) > 0 {
		text += " (" + sentence(held) + ")"
	}
	return text + "; the server must be wiped before it can come back"
}

// evacuatesFirst reports whether a member that leaves is evacuated before.
func (d *draft) evacuatesFirst(name string, lost bool) bool {
	m := d.live.Facts.Members[name]
	return d.evacuate && !lost && m.Instances > 0 && m.State != schema.StateEvacuated
}

// online counts the voters that are online and those needed, without the given member. Once the member is gone
// its role goes to a stand-by or a spare that is online, if there is one and voters are lacking.
func (d *draft) online(without string) Voters {
	voters, online, spares := 0, 0, 0
	for name, m := range d.live.Facts.Members {
		switch {
		case name == without || m.State == schema.StatePending:
		case m.Role == schema.Voter:
			voters++
			if m.Online {
				online++
			}
		case m.Online:
			spares++
		}
	}
	if without != "" && d.live.Facts.Members[without].Role == schema.Voter && spares > 0 && voters < TargetsOf(d.want.Want, d.live).Voters {
		voters, online = voters+1, online+1
	}
	return Voters{Online: online, Needed: voters/2 + 1}
}

// evacuation plans moving the instances of a member away, or back.
func (d *draft) evacuation(kind schema.Kind, c Change, want schema.Object) {
	action, stops, undo := "evacuate", movesAway(c.Ref.Name, d.live.Facts.Members[c.Ref.Name].Instances), "restore the member"
	if want.State == schema.StatePresent {
		action, stops, undo = "restore", "instances that came from "+c.Ref.Name+" move back", "evacuate the member"
	}
	body := encode(map[string]string{"action": action})
	d.add(Step{
		ID: StepID(action + ":" + c.Ref.Name), Title: map[string]string{"evacuate": "Evacuate ", "restore": "Restore "}[action] + c.Ref.Name, Cause: c.Ref,
		Op:    Op{Kind: OpEvacuate, Request: &Request{Method: "POST", Path: kind.ObjectPath(c.Ref) + "/state", Body: body}},
		Needs: d.needs(want), Serial: true, Risk: Risk{Level: RiskMedium, Stops: stops, Undo: undo}, At: c.At,
	})
}

// movesAway says what an evacuation does to the instances that are there now.
func movesAway(member string, instances int) string {
	switch instances {
	case 0:
		return "instances on " + member + " are stopped or moved"
	case 1:
		return "1 instance on " + member + " is stopped or moved"
	}
	return fmt.Sprintf("%d instances on %s are stopped or moved", instances, member)
}

// evacuationState returns the difference between a member's desired and live state, if there is one: only a state
// that the preseed gives counts.
func evacuationState(want, live schema.Object) (FieldChange, bool) {
	evacuated := live.State == schema.StateEvacuated
	if want.State == schema.StateEvacuated && !evacuated || want.State == schema.StatePresent && evacuated {
		return FieldChange{Path: "state", Key: "state", Old: string(live.State), New: string(want.State)}, true
	}
	return FieldChange{}, false
}
