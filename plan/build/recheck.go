package build

import (
	"clusterctl/plan"
	"clusterctl/plan/guard"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// Recheck refuses a saved plan that needs all members when one does not answer any more, or that joins a server which
// got something to lose meanwhile. The fingerprints cannot tell: the database learns of a dead member only when its
// heartbeat is too old, and nothing of a server outside the cluster.
func Recheck(p *plan.Plan, live schema.Cluster, reg schema.Registry) schema.Diagnostics {
	var leaving []schema.Object
	for _, c := range p.Changes {
		if c.Ref.Kind == schema.KindMember && c.Action == plan.Delete {
			leaving = append(leaving, schema.Object{Ref: c.Ref, State: schema.StateLost})
		}
	}
	v := &view.View{Want: schema.Preseed{Members: p.Members, Want: schema.NewCluster(schema.Facts{}, leaving...)}, Live: live, Reg: reg.For(live.Facts.Flavour)}
	for _, s := range p.Steps {
		switch s.Op.Kind {
		case plan.OpBootstrap:
			v.Bootstrap = s.Member
		case plan.OpJoin:
			v.Joiners = append(v.Joiners, v.Member(s.Member))
		}
	}
	return guard.Recheck(guard.Proposal{View: v, Changes: p.Changes, Steps: p.Steps}).Words(live.Facts.Flavour)
}
