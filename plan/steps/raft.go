package steps

import (
	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

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
			Op:       plan.Op{Kind: plan.OpLeaveRaft, LeaveRaft: &plan.LeaveRaft{Member: c.Ref.Name, Address: address}},
			Follows:  []plan.Need{plan.AfterStep(plan.StepID("remove:" + c.Ref.Name)), plan.AfterPhase(plan.PhaseFormed)},
			Sections: []plan.Section{plan.SectionCluster}, Risk: plan.Risk{Level: plan.RiskLow}, At: c.At,
		})
	}
	return out
}
