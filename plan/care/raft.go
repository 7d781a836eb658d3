package care

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/plan/guard"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// checkGhosts finds entries of the Raft configuration that are no member.
func checkGhosts(e examination) []Finding {
	rows := map[string]bool{}
	for _, m := range e.Live.Facts.Members {
		rows[m.Address] = true
	}
	if len(rows) == 0 {
		return nil
	}
	var out []Finding
	for _, m := range e.Raft.Members {
		if rows[m.Address] {
			continue
		}
		s := guard.Seen{Facts: guard.ToKnow | guard.NoRow | guard.InRaft | e.reached(m.Address), Address: m.Address,
			Other: string(m.Role), Product: e.product()}
		f := e.judge(s)[0]
		if !s.Facts.Has(guard.Reached) && m.Address != e.Raft.Leader {
			f.Steps = e.removeRaft(m.Address, nil)
		}
		out = append(out, f)
	}
	return out
}

// removeRaft is the step that takes an address out of the Raft configuration; nil when no socket is reached.
func (e examination) removeRaft(address string, needs []plan.StepID) []plan.Step {
	if e.through == "" {
		return nil
	}
	return []plan.Step{{
		ID: plan.StepID("remove-raft:" + address), Title: "Remove " + address + " from the Raft configuration",
		Member: e.through,
		Op: plan.Op{Kind: plan.OpRequest,
			Request: &plan.Request{Method: "DELETE", Path: "/internal/cluster/raft-node/" + address, Gone: true}},
		Needs: needs, Sections: []plan.Section{plan.SectionCluster},
		Risk: plan.Risk{Level: plan.RiskMedium,
			Stops: "a daemon at that address, if there is one, can no longer reach the database"},
	}}
}

// checkNotInRaft finds members that have no part in the database.
func checkNotInRaft(e examination) []Finding {
	if len(e.Raft.Members) == 0 {
		return nil
	}
	var out []Finding
	for _, name := range e.listed() {
		if e.inRaft(name) != guard.NotInRaft || e.strangers[name] {
			continue
		}
		out = append(out, e.judge(guard.Seen{Facts: guard.ToKnow | guard.Listed | guard.NotInRaft, Member: name,
			Address: e.Live.Facts.Members[name].Address, Product: e.product()})...)
	}
	return out
}

// inRaft says whether and how the Raft configuration has a member; nothing where that was not read.
func (e examination) inRaft(name string) guard.Facts {
	m := e.Live.Facts.Members[name]
	has := slices.ContainsFunc(e.Raft.Members, func(r schema.RaftMember) bool { return r.Address == m.Address })
	switch {
	case len(e.Raft.Members) == 0:
		return 0
	case !has:
		return guard.NotInRaft
	case !m.Online || e.Live.Facts.Hosts[name].Fault != "":
		return guard.Idle
	}
	return guard.InRaft
}

// checkLocalCopies compares each member's own copy of the configuration with dqlite's. Roles change with every
// heartbeat round and are not compared.
func checkLocalCopies(e examination) []Finding {
	if len(e.Raft.Members) == 0 {
		return nil
	}
	want := addresses(e.Raft.Members)
	members := map[string][]string{} // by what is wrong with their copies
	for _, name := range slices.Sorted(maps.Keys(e.Local)) {
		have := addresses(e.Local[name])
		var parts []string
		if missing := difference(want, have); len(missing) > 0 {
			parts = append(parts, "lacks "+strings.Join(missing, ", "))
		}
		if extra := difference(have, want); len(extra) > 0 {
			parts = append(parts, "still has "+strings.Join(extra, ", "))
		}
		if len(parts) > 0 {
			wrong := strings.Join(parts, " and ")
			members[wrong] = append(members[wrong], name)
		}
	}
	var out []Finding
	for _, wrong := range slices.Sorted(maps.Keys(members)) {
		names := strings.Join(members[wrong], ", ")
		out = append(out, finding(schema.SeverityWarning, plan.CodeRaftCopy, members[wrong][0],
			fmt.Sprintf("the copy of the Raft configuration on %s %s", names, wrong),
			"It is used when the daemon starts and when a lost quorum is recovered. The leader renews it with every heartbeat.",
			"look again in half a minute; if it stays, restart the daemon of "+names))
	}
	return out
}

// checkOwnAddresses compares the address that a member has in its own configuration with the one in the table of
// members.
func checkOwnAddresses(e examination) []Finding {
	server, _ := e.Live.Get(plan.ServerRef())
	var out []Finding
	for _, name := range e.listed() {
		own, listed := server.Members[name].Config["cluster.https_address"], e.Live.Facts.Members[name].Address
		if own == "" || own == listed {
			continue
		}
		out = append(out, finding(schema.SeverityError, plan.CodeWrongOwn, name,
			fmt.Sprintf("%s takes itself for %s, and the cluster knows it as %s", name, own, listed),
			"The others cannot reach it, or it cannot register when it starts.",
			"with the daemon stopped: "+e.product().Admin()+" cluster edit on it, or remove it and let it join again"))
	}
	return out
}

// checkPendingRows finds joins that have not ended. It is sure that one is dead only when nobody answers at its
// address: a server that joins always listens there.
func checkPendingRows(e examination) []Finding {
	var out []Finding
	for _, name := range e.Live.Facts.MemberOrder() {
		m := e.Live.Facts.Members[name]
		if m.State != schema.StatePending {
			continue
		}
		s := e.seen(name)
		if len(e.Raft.Members) == 0 || s.Facts.Has(guard.Unreached) && e.runs(name) {
			s.Facts &^= guard.Unreached // it is not sure
		}
		f := e.judge(s)[0]
		if s.Facts.Has(guard.Unreached) {
			f.Steps = e.forget(name, m.Address)
		}
		out = append(out, f)
	}
	return out
}

// forget is the steps that take away what a dead join has left, the Raft entry first.
func (e examination) forget(name, address string) []plan.Step {
	if e.through == "" || address == e.Raft.Leader {
		return nil
	}
	var steps []plan.Step
	var needs []plan.StepID
	if slices.ContainsFunc(e.Raft.Members, func(m schema.RaftMember) bool { return m.Address == address }) {
		steps = e.removeRaft(address, nil)
		needs = []plan.StepID{steps[0].ID}
	}
	steps = append(steps, plan.Step{
		ID: plan.StepID("forget:" + name), Title: "Forget the join of " + name, Cause: plan.MemberRef(name),
		Member: e.through,
		Op: plan.Op{Kind: plan.OpRequest, Request: &plan.Request{Method: "POST", Path: "/internal/sql",
			Body: plan.Body(map[string]string{"database": "global", "query": plan.ForgetRow(name)})}},
		Needs: needs, Sections: []plan.Section{plan.SectionCluster}, Risk: plan.Risk{Level: plan.RiskLow},
	})
	for _, t := range e.joinersTrust(name) {
		steps = append(steps, distrust(t)...)
		steps[len(steps)-1].Needs = []plan.StepID{plan.StepID("forget:" + name)}
	}
	return steps
}

// joinersTrust returns the certificates of the trust store that are under the name of a joiner and are nobody else's
// for sure; none where the server does not let go of them.
func (e examination) joinersTrust(name string) []TrustedServer {
	of := func(member string) func(TrustedServer) bool {
		return func(t TrustedServer) bool { return e.theirs(t, member) }
	}
	for _, member := range e.listed() {
		if !slices.ContainsFunc(e.Trusted, of(member)) {
			return nil // a renamed member keeps the old name there
		}
	}
	if view.KeepsTrust(e.Live.Facts.Flavour) {
		return nil
	}
	return schema.Filter(e.Trusted, func(t TrustedServer) bool {
		return t.Name == name && !slices.ContainsFunc(e.listed(), func(member string) bool { return of(member)(t) })
	})
}

func addresses(members []schema.RaftMember) []string {
	out := schema.Map(members, func(m schema.RaftMember) string { return m.Address })
	slices.Sort(out)
	return out
}

// difference returns the names that are in a and not in b.
func difference(a, b []string) []string {
	return schema.Filter(a, func(name string) bool { return !slices.Contains(b, name) })
}
