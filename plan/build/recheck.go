package build

import (
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/guard"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// Recheck refuses a saved plan that needs all members when one does not answer any more, or that joins a server which
// got something to lose meanwhile. The fingerprints cannot tell: the database learns of a dead member only when its
// heartbeat is too old, and nothing of a server outside the cluster. What a saved plan wants of members is what its
// steps make of them; what a joiner loses of settings was said when it was made.
func Recheck(p *plan.Plan, live schema.Cluster, reg schema.Registry) schema.Diagnostics {
	var members []schema.Object
	for _, s := range p.Steps {
		switch s.Op.Kind {
		case plan.OpBootstrap, plan.OpJoin:
			members = append(members, schema.Object{Ref: s.Cause})
		case plan.OpRemove:
			state := schema.StateAbsent
			if s.Op.Request.Force {
				state = schema.StateLost
			}
			members = append(members, schema.Object{Ref: s.Cause, State: state})
		}
	}
	want := schema.Preseed{Members: p.Members, Bootstrap: p.Bootstrap, Want: schema.NewCluster(schema.Facts{}, members...)}
	v := view.New(want, live, reg.For(live.Facts.Flavour), false)
	found := guard.Recheck(guard.Proposal{View: v, Changes: p.Changes, Steps: p.Steps})
	found = slices.DeleteFunc(found, func(d schema.Diagnostic) bool { return d.Code == plan.CodeJoinerSettings })
	return found
}
