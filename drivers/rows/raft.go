package rows

import (
	"context"

	"clusterctl/schema"
)

// RaftRole returns the role behind a number of the column raft_nodes.role.
func RaftRole(number string) schema.RaftRole {
	return map[string]schema.RaftRole{"0": schema.Voter, "1": schema.StandBy, "2": schema.Spare}[number]
}

// RaftRoles reads the roles of members in the cluster database, by cluster address, from the copy of the Raft
// configuration in a member's own database. The error is the Querier's.
func RaftRoles(ctx context.Context, local Querier) (map[string]schema.RaftRole, error) {
	found, err := local.Query(ctx, "SELECT address, role FROM raft_nodes")
	if err != nil {
		return nil, err
	}
	out := map[string]schema.RaftRole{}
	for _, row := range found {
		out[row[0].String] = RaftRole(row[1].String)
	}
	return out, nil
}

// WithRoles returns the members with their roles in the database, which are given by address.
func WithRoles(members map[string]schema.MemberFacts, roles map[string]schema.RaftRole) map[string]schema.MemberFacts {
	out := make(map[string]schema.MemberFacts, len(members))
	for name, m := range members {
		m.Role = roles[m.Address]
		out[name] = m
	}
	return out
}
