package steps

import (
	"clusterctl/plan"
	"clusterctl/schema"
)

// leaveRaft plans a look at the database's Raft configuration for every member that is removed: LXD may leave it there, as
// it does with one that led the database (measured on lxd 5.0.2), and then it is taken out. It comes last, when no join changes
// roles any more, and not for an address that a joiner takes over.
func (d *draft) leaveRaft(changes []plan.Change) {
	taken := map[string]bool{}
	for _, m := range d.Joiners {
		taken[m.Address] = true
	}
	for _, c := range changes {
		address := d.Live.Facts.Members[c.Ref.Name].Address
		if c.Ref.Kind != schema.KindMember || c.Action != plan.Delete || taken[address] {
			continue
		}
		d.add(plan.Step{
			ID: plan.StepID("leave-raft:" + c.Ref.Name), Title: "Take " + c.Ref.Name + " out of the Raft configuration, if it is left there", Cause: c.Ref,
			Op:     plan.Op{Kind: plan.OpLeaveRaft, LeaveRaft: &plan.LeaveRaft{Member: c.Ref.Name, Address: address}},
			Needs:  union([]plan.StepID{plan.StepID("remove:" + c.Ref.Name)}, d.formed),
			Serial: true, Risk: plan.Risk{Level: plan.RiskLow}, At: c.At,
		})
	}
}
