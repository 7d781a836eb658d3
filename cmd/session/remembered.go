package session

import (
	"cmp"
	"context"
	"slices"
	"time"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// rememberedStatus is the status of a cluster whose database gives no answer: who is in the Raft configuration, as
// the first member that answers has it in its own database, and who takes connections. When none answers, the members
// are those of the preseed. The cause is why the cluster was not read.
func (s *Session) rememberedStatus(ctx context.Context, at opened, cause error) Status {
	ctx, cancel := context.WithTimeout(ctx, s.Limits.Timeout)
	defer cancel()
	members := rememberedBy(ctx, at)
	known := len(members) > 0
	if !known {
		members = schema.Map(at.want.Members, func(m schema.Member) schema.RaftMember {
			return schema.RaftMember{Name: m.Name, Address: m.Address}
		})
	}
	addresses := map[string]string{}
	for _, m := range members {
		addresses[cmp.Or(m.Name, m.Address)] = m.Address
	}
	seen := s.probe(ctx, at.backend, addresses)
	out := Status{Format: StatusFormat, Pools: []ObjectStatus{}, Networks: []ObjectStatus{},
		Images: []ImageStatus{}, Cluster: ClusterStatus{Source: "raft_nodes"}, Diagnostics: schema.Diagnostics{}}
	out.Members = schema.Map(members, func(m schema.RaftMember) MemberStatus {
		return remembered(m, known, seen.answers())
	})
	out.Cluster.Quorum = quorumOf(out.Members)
	out.Cluster.Quorum.NoAnswer, out.Cluster.Quorum.CanLose = known, 0
	if places := seen.places(); len(places) == 1 {
		out.Cluster.Quorum.From = places[0]
	}
	why := s.silentDatabase(ctx, at, out, cause)
	why.Severity = schema.SeverityWarning
	if known && why.Summary == out.Cluster.Quorum.String() { // the headline has that
		why.Summary = "the database gives no answer; this is what the members remember of it"
	}
	out.Diagnostics = append(out.Diagnostics, why)
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
		Groups: []string{}, HeartbeatMS: -1, State: "Unknown"}
	answered, tried := answers[cmp.Or(m.Name, m.Address)]
	switch {
	case !tried:
		return out
	case answered && known:
		out.State = "Online"
	case answered:
		out.Message = m.Address + " takes connections; nothing else was seen"
	case !known:
		out.Message = m.Address + " was not reached from here"
	default:
		out.State, out.Message = "Offline", m.Address+" does not answer"
	}
	out.Answers = &answered
	return out
}

// Status looks at the cluster once. An error may come with a status: that of a database that gave no answer or has no
// quorum.
func (s *Session) Status(ctx context.Context, where Where) (Status, error) {
	return on(ctx, s, where, s.observe)
}

// Watch looks again and again until the context ends, and shows each status after the one before.
func (s *Session) Watch(ctx context.Context, where Where, interval time.Duration,
	show func(before, now Status, reason error)) error {
	_, err := on(ctx, s, where, func(ctx context.Context, at opened) (before Status, _ error) {
		for {
			now, reason := s.observe(ctx, at)
			if ctx.Err() != nil {
				return before, nil //nolint:nilerr // Ctrl-C is how a watch ends
			}
			show(before, now, reason)
			before = now
			if !drivers.Pause(ctx, interval) {
				return before, nil
			}
		}
	})
	return err
}

// observe looks at the cluster once. The error is why the database gave no answer, or that it has no quorum; the status
// then has what is known all the same.
func (s *Session) observe(ctx context.Context, at opened) (Status, error) {
	live, err := s.Read(ctx, at.backend)
	if err == nil {
		found := statusOf(live, s.probe(ctx, at.backend, addressesOf(live)))
		return found, noQuorum(found.Cluster.Quorum)
	}
	if ctx.Err() != nil {
		return Status{}, err
	}
	return s.rememberedStatus(ctx, at, err), err
}
