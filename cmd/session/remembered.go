package session

import (
	"cmp"
	"context"
	"slices"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
)

// rememberedStatus is the status of a cluster whose database gives no answer: who is in the Raft configuration, as
// the first member that answers has it in its own database, and who takes connections. When none answers, the members
// are those of the preseed.
func (s *Session) rememberedStatus(ctx context.Context, at opened) Status {
	ctx, cancel := context.WithTimeout(ctx, s.Limits.Timeout)
	defer cancel()
	members := rememberedBy(ctx, at)
	known := len(members) > 0
	if !known {
		for _, m := range at.want.Members {
			members = append(members, schema.RaftMember{Name: m.Name, Address: m.Address})
		}
	}
	addresses := map[string]string{}
	for _, m := range members {
		addresses[cmp.Or(m.Name, m.Address)] = m.Address
	}
	seen := s.probe(ctx, at.backend, addresses)
	out := Status{Format: StatusFormat, Pools: []ObjectStatus{}, Networks: []ObjectStatus{},
		Images: []ImageStatus{}, Cluster: ClusterStatus{Source: "raft_nodes"}, Diagnostics: schema.Diagnostics{}}
	for _, m := range members {
		out.Members = append(out.Members, remembered(m, known, seen.answers()))
	}
	out.Cluster.Quorum = quorumOf(out.Members)
	if places := seen.places(); len(places) == 1 {
		out.Cluster.Quorum.From = places[0]
	}
	if known {
		out.Diagnostics = append(out.Diagnostics,
			schema.Diagnostic{Severity: schema.SeverityWarning, Code: plan.CodeQuorum,
				Summary: "the database gives no answer; this is what the members remember of it",
				Hint:    "start the members that are offline; if most voters are gone for good, see clusterctl recover"})
	}
	return out
}

// rememberedBy asks one member after the other for its own copy of the Raft configuration.
func rememberedBy(ctx context.Context, at opened) []schema.RaftMember {
	inspector, ok := at.backend.(drivers.Inspector)
	if !ok {
		return nil
	}
	for _, m := range at.want.Members {
		if members, err := inspector.LocalRaft(ctx, m.Name); err == nil && len(members) > 0 {
			return named(members, at.want.Members)
		}
	}
	return nil
}

// named fills in the names that the preseed knows for addresses.
func named(members []schema.RaftMember, known []schema.Member) []schema.RaftMember {
	names := map[string]string{}
	for _, m := range known {
		names[m.Address] = m.Name
	}
	out := slices.Clone(members)
	for i, m := range out {
		out[i].Name = cmp.Or(m.Name, names[m.Address], m.Address)
	}
	slices.SortFunc(out, func(a, b schema.RaftMember) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// remembered is the status of a member that nothing but the Raft configuration, or the preseed, and a connection tell
// of.
func remembered(m schema.RaftMember, known bool, answers map[string]bool) MemberStatus {
	out := MemberStatus{Name: m.Name, Address: m.Address, RaftRole: m.Role, Roles: rolesOf(m.Role, false),
		Groups:      []string{},
		HeartbeatMS: -1, State: "Unknown"}
	answered, tried := answers[cmp.Or(m.Name, m.Address)]
	switch {
	case !tried:
		return out
	case answered && known:
		out.State = "Online"
	case answered:
		out.Message = m.Address + " takes connections; nothing else was seen"
	default:
		out.State, out.Message = "Offline", m.Address+" does not answer"
	}
	out.Answers = &answered
	return out
}
