package steps

import (
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// vacate plans moving the custom volumes off a member that leaves.
func (d *draft) vacate(c plan.Change) {
	kind := d.Kind(schema.KindVolume)
	before := len(d.steps)
	for _, m := range d.departures.Moves {
		if m.From != c.Ref.Name {
			continue
		}
		pool, name := kind.Split(m.Volume)
		d.add(plan.Step{
			ID: placedID("move", m.Volume, m.From), Title: "Move " + view.Named(kind, m.Volume) + " from " + m.From + " to " + m.To, Cause: c.Ref,
			Op: plan.Op{Kind: plan.OpMove, Move: &plan.Move{Pool: pool, Name: name, Project: view.Project(kind, m.Volume), From: m.From, To: m.To,
				Address: d.Live.Facts.Members[m.From].Address}},
			Needs: slices.Clone(d.formed), Expect: plan.Expect{Ref: m.Volume, Member: m.To}, Serial: true, At: c.At,
			Risk: plan.Risk{Level: plan.RiskMedium, Stops: m.Volume.Name + ", which must not be used while it is copied", Undo: "move it back to " + m.From},
		})
	}
	if len(d.steps) > before {
		d.formed = d.leaves()
	}
}
