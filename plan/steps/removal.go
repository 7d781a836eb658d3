package steps

import (
	"fmt"
	"slices"

	"clusterctl/plan"
	"clusterctl/schema"
)

// removals plans the removal of members whose desired state is that one: lost ones are removed by force before
// anything else, since most changes need every member; absent ones once their successors have joined.
func (d *draft) removals(changes []plan.Change, state schema.State) {
	kind := d.Kind(schema.KindMember)
	for _, c := range changes {
		want := d.Wanted(c.Ref)
		if c.Ref.Kind != schema.KindMember || c.Action != plan.Delete || want.State != state {
			continue
		}
		lost := state == schema.StateLost
		risk := plan.Risk{Level: plan.RiskHigh, Before: d.VotersWithout(""), After: d.VotersWithout(c.Ref.Name)}
		title := "Remove " + c.Ref.Name
		if lost {
			title += " by force"
			risk.Stops = d.Losses(c.Ref.Name)
		}
		if d.EvacuatesFirst(c.Ref.Name, lost) {
			d.evacuation(kind, c, schema.Object{Ref: c.Ref, State: schema.StateEvacuated})
			d.formed = d.leaves()
		}
		if d.Evacuate && !lost {
			d.vacate(c)
		}
		d.formed = []plan.StepID{d.add(plan.Step{
			ID: plan.StepID("remove:" + c.Ref.Name), Title: title, Cause: c.Ref,
			Op:     plan.Op{Kind: plan.OpRemove, Request: &plan.Request{Method: "DELETE", Path: kind.ObjectPath(c.Ref), Force: lost, Gone: true}},
			Needs:  slices.Clone(d.formed),
			Expect: plan.Expect{Ref: c.Ref, Absent: true}, Serial: true, Risk: risk, At: c.At,
		})}
	}
}

// evacuation plans moving the instances of a member away, or back.
func (d *draft) evacuation(kind schema.Kind, c plan.Change, want schema.Object) {
	action, stops, undo := "evacuate", movesAway(c.Ref.Name, d.Live.Facts.Members[c.Ref.Name].Instances), "restore the member"
	if want.State == schema.StatePresent {
		action, stops, undo = "restore", "instances that came from "+c.Ref.Name+" move back", "evacuate the member"
	}
	body := plan.Body(map[string]string{"action": action})
	d.add(plan.Step{
		ID: plan.StepID(action + ":" + c.Ref.Name), Title: map[string]string{"evacuate": "Evacuate ", "restore": "Restore "}[action] + c.Ref.Name, Cause: c.Ref,
		Op:    plan.Op{Kind: plan.OpEvacuate, Request: &plan.Request{Method: "POST", Path: kind.ObjectPath(c.Ref) + "/state", Body: body}},
		Needs: d.needs(want), Serial: true, Risk: plan.Risk{Level: plan.RiskMedium, Stops: stops, Undo: undo}, At: c.At,
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
