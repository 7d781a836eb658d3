package steps

import (
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// clear plans what the preseed takes off the members that leave: instances that are to be elsewhere, and what is to be
// deleted. LXD wants such a member empty, so this cannot wait for its turn.
func (d *draft) clear(changes []plan.Change) {
	leaving := d.Leaving()
	if len(leaving) == 0 {
		return
	}
	before := len(d.steps)
	var instances, others []plan.Change // volumes are free once the instances are gone that use them
	for _, c := range changes {
		kind := d.Kind(c.Ref.Kind)
		if kind.Lifecycle != schema.Running && kind.Lifecycle != schema.Placed {
			continue
		}
		if f, moves := c.Target(); moves && d.departures.Cleared[view.Place{Ref: c.Ref, Member: f.Old}] {
			d.relocate(kind, c)
		}
		switch {
		case c.Action == plan.Delete && kind.Lifecycle == schema.Running:
			instances = append(instances, c)
		case c.Action == plan.Delete || c.LosesPart():
			others = append(others, c)
		}
	}
	for _, c := range slices.Concat(instances, others) {
		kind := d.Kind(c.Ref.Kind)
		want := d.Wanted(c.Ref)
		for _, member := range leaving {
			switch {
			case !d.departures.Cleared[view.Place{Ref: c.Ref, Member: member}]:
			case kind.Lifecycle == schema.Running:
				d.discard(kind, c, want)
			default:
				d.displace(kind, c, want, member)
			}
		}
	}
	if len(d.steps) > before {
		d.formed = d.leaves()
	}
}

// relocate plans the move alone, with the instance as it is; what else differs is changed in its turn.
func (d *draft) relocate(kind schema.Kind, c plan.Change) {
	want := d.Wanted(c.Ref)
	i := instance{draft: d, kind: kind, change: c, want: want, needs: slices.Clone(d.formed)}
	i.turn(i.leave(d.Current(c.Ref)))
}
