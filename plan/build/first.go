package build

import (
	"cmp"

	"clusterctl/plan"
	"clusterctl/plan/steps"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// First returns the plan that comes first: what has servers trust this client, or mends the one that begins a cluster
// and does not start. It has those steps alone, since nothing of the servers was seen, and is nil where there are none.
func First(want schema.Preseed, facts schema.Facts) *plan.Plan {
	return cmp.Or(trust(want, facts), untorn(want, facts))
}

// untorn takes a bootstrap back on whose half-written certificate the daemon does not start.
func untorn(want schema.Preseed, facts schema.Facts) *plan.Plan {
	if !view.Torn(facts, want.Bootstrap) {
		return nil
	}
	p := &plan.Plan{Flavour: facts.Flavour, Source: facts.Source, Files: want.Files, Members: want.Members,
		Bootstrap: want.Bootstrap}
	for _, m := range want.Members {
		if m.Name != want.Bootstrap {
			continue
		}
		r := *facts.Hosts[m.Name].Remains
		p.Unseen = append(p.Unseen, plan.Unseen{Ref: plan.MemberRef(m.Name), Fault: schema.FaultUnreachable, At: m.Pos,
			Cause: "died in its bootstrap, and does not start with half-written " + r.Torn})
		p.Steps = steps.Unbootstrap(m, r)
	}
	for i := range p.Steps {
		p.Steps[i].Phase, p.Steps[i].Sections = plan.PhaseMended, []plan.Section{plan.SectionCluster}
	}
	p.Ground(schema.NewCluster(facts))
	return p
}

// trust returns the plan where servers do not trust this client yet and the preseed says how they can be brought to.
func trust(want schema.Preseed, facts schema.Facts) *plan.Plan {
	p := &plan.Plan{Flavour: facts.Flavour, Source: facts.Source, Files: want.Files, Members: want.Members,
		Bootstrap: want.Bootstrap}
	for _, m := range want.Members {
		ref, way := plan.MemberRef(m.Name), m.Connection.HTTPS
		if way == nil || !facts.Hosts[m.Name].Untrusted || way.Certificate == "" || way.Token+way.Password == "" {
			continue
		}
		p.Unseen = append(p.Unseen, plan.Unseen{Ref: ref, Fault: schema.FaultDenied, At: m.Pos,
			Cause: "does not trust this client yet"})
		with := "its token"
		if way.Token == "" {
			with = "the trust password"
		}
		step := plan.Step{ID: plan.StepID("trust:" + m.Name), Cause: ref, Member: m.Name, At: m.Pos,
			Title: "Have " + m.Name + " at " + way.URL + " trust this client, by " + with,
			Op:    plan.Op{Kind: plan.OpTrust, Introduce: &plan.Introduce{Secret: cmp.Or(way.Token, way.Password)}},
			Risk:  plan.Risk{Level: plan.RiskLow, Undo: "remove the certificate from its trust store"}}
		if n := len(p.Steps); n > 0 {
			step.Needs = []plan.StepID{p.Steps[n-1].ID}
		}
		p.Steps = append(p.Steps, step)
	}
	if len(p.Steps) == 0 {
		return nil
	}
	p.Ground(schema.NewCluster(facts))
	return p
}
