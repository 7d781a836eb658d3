package rows

import (
	"context"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// RaftRoles reads the roles of members in the cluster database, by cluster address, from the copy of the Raft
// configuration in a member's own database. The error is the Querier's.
func RaftRoles(ctx context.Context, local Querier) (map[string]schema.RaftRole, error) {
	found, err := local.Query(ctx, drivers.RaftRolesQuery)
	if err != nil {
		return nil, err
	}
	return drivers.RaftRoles(found), nil
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
