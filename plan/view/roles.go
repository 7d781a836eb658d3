package view

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"clusterctl/plan"
	"clusterctl/schema"
)

// MemberRole is one member as the assignment of the database's roles sees it.
type MemberRole struct {
	Member string
	Role   schema.RaftRole
	Online bool
	Domain string // failure domain
}

// RoleTargets is how many members are to have a role: cluster.max_voters and cluster.max_standby.
type RoleTargets struct{ Voters, StandBys int }

// RoleMove is one change of a role that LXD makes by itself.
type RoleMove struct {
	Member string `json:"member"`
	// Or are members that LXD may as well choose instead: nothing speaks for one or the other.
	Or   []string        `json:"or"`
	From schema.RaftRole `json:"from"`
	To   schema.RaftRole `json:"to"`
}

// minVoting is the number of members below which there is one voter.
const minVoting = 3

// PredictRoles predicts the roles to which LXD moves by itself, with the changes in their order. Without a majority of
// the voters online nothing can change, and nothing does. leader is the member that leads; it is never demoted. The
// members' order decides between equals.
//
// The rules are those of dqlite's role management, which LXD runs after joins, removals and lost members (go-dqlite
// 1.22, app/roles.go Adjust; lxd 5.0.2, lxd/cluster/membership.go Rebalance). The newest one, which spreads voters
// over failure domains although none is lost, is left out: lxd 5.0.2 was seen not to do it.
func PredictRoles(roles []MemberRole, leader string, targets RoleTargets) ([]MemberRole, []RoleMove) {
	roles = slices.Clone(roles)
	var moves []RoleMove
	for range 4 * len(roles) { // each member changes its role a few times at most
		if v := VotersAmong(roles); v.Online < v.Needed {
			break
		}
		role, candidates, equals := adjust(roles, leader, targets)
		if len(candidates) == 0 {
			break
		}
		i := slices.IndexFunc(roles, func(s MemberRole) bool { return s.Member == candidates[0].Member })
		move := RoleMove{Member: roles[i].Member, From: roles[i].Role, To: role}
		for _, other := range candidates[1:equals] {
			move.Or = append(move.Or, other.Member)
		}
		roles[i].Role = role
		moves = append(moves, move)
	}
	return roles, withoutMoved(moves)
}

// withoutMoved takes out of the alternatives whoever makes the same move anyway.
func withoutMoved(moves []RoleMove) []RoleMove {
	for i, m := range moves {
		moves[i].Or = slices.DeleteFunc(m.Or, func(name string) bool {
			return slices.ContainsFunc(moves, func(o RoleMove) bool { return o.Member == name && o.To == m.To })
		})
		if len(moves[i].Or) == 0 {
			moves[i].Or = nil
		}
	}
	return moves
}

// VotersAmong counts the voters online and those that a quorum needs.
func VotersAmong(roles []MemberRole) plan.Voters {
	all := len(filter(roles, schema.Voter, true)) + len(filter(roles, schema.Voter, false))
	return plan.Voters{Online: len(filter(roles, schema.Voter, true)), Needed: all/2 + 1}
}

// adjust returns the next change: the role to give, who may get it, the best first, and how many of those are as good
// as the first. No candidates: all is well.
func adjust(roles []MemberRole, leader string, targets RoleTargets) (role schema.RaftRole, candidates []MemberRole,
	equals int) {
	voters, standBys := filter(roles, schema.Voter, true), filter(roles, schema.StandBy, true)
	spares := filter(roles, schema.Spare, true)
	anyOf := func(candidates []MemberRole) (schema.RaftRole, []MemberRole, int) {
		return schema.Spare, candidates, len(candidates)
	}
	switch {
	case len(roles) == 1:
		return "", nil, 0
	case len(roles) < minVoting:
		return anyOf(without(voters, leader))
	case len(voters) < targets.Voters:
		candidates, equals = apart(slices.Concat(standBys, spares), domains(voters))
		return schema.Voter, candidates, equals
	case len(voters) > targets.Voters:
		candidates, equals = crowdedFirst(without(voters, leader))
		return schema.Spare, candidates, equals
	case len(filter(roles, schema.Voter, false)) > 0:
		return anyOf(filter(roles, schema.Voter, false))
	case len(standBys) < targets.StandBys:
		candidates, equals = apart(spares, domains(standBys))
		return schema.StandBy, candidates, equals
	case len(standBys) > targets.StandBys:
		return anyOf(without(standBys, leader))
	default:
		return anyOf(filter(roles, schema.StandBy, false))
	}
}

func filter(roles []MemberRole, role schema.RaftRole, online bool) []MemberRole {
	return schema.Filter(roles, func(s MemberRole) bool { return s.Role == role && s.Online == online })
}

func without(roles []MemberRole, member string) []MemberRole {
	return slices.DeleteFunc(slices.Clone(roles), func(s MemberRole) bool { return s.Member == member })
}

func domains(roles []MemberRole) map[string]int {
	out := map[string]int{}
	for _, s := range roles {
		out[s.Domain]++
	}
	return out
}

// apart orders candidates: those of a failure domain that is not taken come first. When the voters are spread over the
// domains that is the domain of the one that went.
func apart(candidates []MemberRole, taken map[string]int) ([]MemberRole, int) {
	rank := func(s MemberRole) int { return min(taken[s.Domain], 1) }
	slices.SortStableFunc(candidates, func(a, b MemberRole) int { return cmp.Compare(rank(a), rank(b)) })
	return candidates, leading(candidates, func(a, b MemberRole) bool { return rank(a) == rank(b) && a.Role == b.Role })
}

// crowdedFirst orders candidates for a demotion: those of the failure domain with most of them come first.
func crowdedFirst(candidates []MemberRole) ([]MemberRole, int) {
	crowd := domains(candidates)
	slices.SortStableFunc(candidates, func(a, b MemberRole) int { return cmp.Compare(crowd[b.Domain], crowd[a.Domain]) })
	return candidates, leading(candidates, func(a, b MemberRole) bool { return crowd[a.Domain] == crowd[b.Domain] })
}

// leading counts the candidates that are as good as the first.
func leading(candidates []MemberRole, same func(a, b MemberRole) bool) int {
	n := 0
	for n < len(candidates) && same(candidates[0], candidates[n]) {
		n++
	}
	return n
}

// RolesOf returns the members of a cluster with their roles, by name. Known is false when their roles were not read.
func RolesOf(live schema.Cluster) (roles []MemberRole, known bool) {
	known = true
	for _, name := range live.Facts.MemberOrder() {
		m := live.Facts.Members[name]
		if m.State == schema.StatePending {
			continue
		}
		known = known && m.Role != ""
		roles = append(roles, MemberRole{Member: name, Role: m.Role, Online: m.Up(), Domain: FailureDomain(live, name)})
	}
	return roles, known && len(roles) > 0
}

// FailureDomain returns the failure domain of a member, "default" when nothing is said.
func FailureDomain(c schema.Cluster, member string) string {
	o, _ := c.Get(plan.MemberRef(member))
	return cmp.Or(o.Attrs["failure_domain"], "default")
}

// TargetsOf returns the numbers of voters and stand-bys that the server configuration asks for; wanted is laid over
// live.
func TargetsOf(wanted, live schema.Cluster) RoleTargets {
	want, _ := wanted.Get(plan.ServerRef())
	have, _ := live.Get(plan.ServerRef())
	number := func(key string, otherwise int) int {
		for _, text := range []string{want.Config[key], have.Config[key]} {
			if n, err := strconv.Atoi(text); err == nil {
				return n
			}
		}
		return otherwise
	}
	return RoleTargets{Voters: number("cluster.max_voters", 3), StandBys: number("cluster.max_standby", 2)}
}

// Majority returns the failure domain that holds a majority of the voters, empty when none does, or when all members
// are in one domain anyway.
func Majority(roles []MemberRole) string {
	if len(domains(roles)) < 2 {
		return ""
	}
	voters := schema.Filter(roles, func(s MemberRole) bool { return s.Role == schema.Voter })
	counts := domains(voters)
	for _, domain := range slices.Sorted(maps.Keys(counts)) {
		if counts[domain] > len(voters)/2 {
			return domain
		}
	}
	return ""
}
