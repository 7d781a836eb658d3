package view

import (
	"slices"

	"clusterctl/plan"
	"clusterctl/schema"
)

// VotersWithout counts the voters that are online and those needed, without the given member. Once the member is gone
// its role goes to a stand-by or a spare that is online, if there is one and voters are lacking.
func (v *View) VotersWithout(without string) plan.Voters {
	voters, online, spares := 0, 0, 0
	for name, m := range v.Live.Facts.Members {
		switch {
		case name == without || m.State == schema.StatePending:
		case m.Role == schema.Voter:
			voters++
			if m.Up() {
				online++
			}
		case m.Up():
			spares++
		}
	}
	if without != "" && v.Live.Facts.Members[without].Role == schema.Voter && spares > 0 &&
		voters < TargetsOf(v.Want.Want, v.Live).Voters {
		voters, online = voters+1, online+1
	}
	return plan.Voters{Online: online, Needed: voters/2 + 1}
}

// MaxVoters is the value of cluster.max_voters once the plan is done.
func (v *View) MaxVoters() int { return TargetsOf(v.Want.Want, v.Live).Voters }

// VotersOf predicts the voters of a cluster of n members that are all online: one until the third member comes,
// then as many as there are members, up to the limit (lxd 5.0.2, lxd/cluster/membership.go).
func (v *View) VotersOf(n int) plan.Voters {
	switch {
	case n == 0:
		return plan.Voters{}
	case n < 3:
		return plan.Voters{Online: 1, Needed: 1}
	}
	count := min(n, v.MaxVoters())
	return plan.Voters{Online: count, Needed: count/2 + 1}
}

// CanPipeline reports whether joins may overlap: every member is online, the database says who has which role, and
// the roles are complete, so that a join changes nobody else's.
func (v *View) CanPipeline() bool {
	facts := v.Live.Facts
	if !facts.Clustered {
		return facts.Flavour.Product != schema.Incus
	}
	voters := 0
	for _, m := range facts.Members {
		if !m.Online || m.State != schema.StateCreated || m.Role == "" {
			return false
		}
		if m.Role == schema.Voter {
			voters++
		}
	}
	return facts.Flavour.Product != schema.Incus && voters == v.VotersOf(len(facts.Members)).Online
}

// RolesAfter plays the plan: lost members go, joiners come one by one, absent ones go last.
func (v *View) RolesAfter() (roles []MemberRole, known bool) {
	targets := TargetsOf(v.Want.Want, v.Live)
	leader := v.Live.Facts.Leader
	if v.Bootstrap != "" {
		leader = v.Bootstrap
		roles = []MemberRole{{Member: v.Bootstrap, Role: schema.Voter, Online: true,
			Domain: FailureDomain(v.Want.Want, v.Bootstrap)}}
	} else if roles, known = RolesOf(v.Live); !known {
		return nil, false
	}
	for i, s := range roles {
		if o, declared := v.Want.Want.Get(plan.MemberRef(s.Member)); declared && o.Attrs["failure_domain"] != "" {
			roles[i].Domain = o.Attrs["failure_domain"]
		}
	}
	leave := func(state schema.State) {
		for _, o := range v.Want.Want.OfKind(schema.KindMember) {
			if o.State == state {
				roles = without(roles, o.Ref.Name)
			}
		}
		roles, _ = PredictRoles(roles, LeaderAfter(leader, roles), targets)
	}
	leave(schema.StateLost)
	for _, m := range v.Joiners {
		role := schema.Spare
		if len(roles) == 1 {
			role = schema.StandBy // lxd 5.0.2, lxd/cluster/membership.go Accept; measured
		}
		roles = append(roles, MemberRole{Member: m.Name, Role: role, Online: true,
			Domain: FailureDomain(v.Want.Want, m.Name)})
		roles, _ = PredictRoles(roles, LeaderAfter(leader, roles), targets)
	}
	leave(schema.StateAbsent)
	return roles, true
}

// LeaderAfter returns who leads: the leader, or the first voter that is left, which stands for whoever is elected.
func LeaderAfter(leader string, roles []MemberRole) string {
	online := filter(roles, schema.Voter, true)
	if len(online) == 0 || slices.ContainsFunc(online, func(s MemberRole) bool { return s.Member == leader }) {
		return leader
	}
	return online[0].Member
}
