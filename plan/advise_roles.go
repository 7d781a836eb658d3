package plan

import (
	"fmt"
	"slices"
	"strings"

	"clusterctl/schema"
)

// CodeRoles tells the roles in the database after a change of the members.
const CodeRoles schema.Code = "roles-after"

// CodeDomain warns of a failure domain that holds a majority of the voters.
const CodeDomain schema.Code = "failure-domain-majority"

// adviseRoles predicts the roles in the database once members have joined and left, and the settings that decide about
// roles have changed.
func adviseRoles(d *draft, changes []Change, _ Options) schema.Diagnostics {
	if !slices.ContainsFunc(changes, movesRoles) || len(d.members) < 2 {
		return nil
	}
	seats, known := d.seatsAfter()
	if !known {
		return nil
	}
	out := schema.Diagnostics{{Severity: schema.SeverityAdvice, Code: CodeRoles, Summary: "roles in the database afterwards: " + rolesText(seats),
		Detail: "LXD gives them by itself; between members that are alike it may choose otherwise."}}
	if domain := Majority(seats); domain != "" {
		out = append(out, schema.Diagnostic{Severity: schema.SeverityWarning, Code: CodeDomain,
			Summary: fmt.Sprintf("most voters will be in the failure domain %s: when it goes down, the database stops", domain),
			Hint:    "spread the members over at least three failure domains"})
	}
	return out
}

// movesRoles tells whether a change can give members other roles, or voters other failure domains.
func movesRoles(c Change) bool {
	switch {
	case c.Ref.Kind == schema.KindMember && (c.Action == Create || c.Action == Delete):
		return true
	case c.Ref.Kind != schema.KindMember && c.Ref.Kind != schema.KindServer:
		return false
	}
	return slices.ContainsFunc(c.Fields, func(f FieldChange) bool {
		return slices.Contains([]string{"attrs.failure_domain", "config.cluster.max_voters", "config.cluster.max_standby"}, f.Path)
	})
}

// seatsAfter plays the plan: lost members go, joiners come one by one, absent ones go last.
func (d *draft) seatsAfter() (seats []Seat, known bool) {
	targets := TargetsOf(d.want.Want, d.live)
	leader := d.live.Facts.Leader
	if d.founder != "" {
		leader = d.founder
		seats = []Seat{{Member: d.founder, Role: schema.Voter, Online: true, Domain: FailureDomain(d.want.Want, d.founder)}}
	} else if seats, known = SeatsOf(d.live); !known {
		return nil, false
	}
	for i, s := range seats {
		if o, declared := d.want.Want.Get(memberRef(s.Member)); declared && o.Attrs["failure_domain"] != "" {
			seats[i].Domain = o.Attrs["failure_domain"]
		}
	}
	leave := func(state schema.State) {
		for _, o := range d.want.Want.OfKind(schema.KindMember) {
			if o.State == state {
				seats = without(seats, o.Ref.Name)
			}
		}
		seats, _ = PredictRoles(seats, leaderAfter(leader, seats), targets)
	}
	leave(schema.StateLost)
	for _, m := range d.joiners {
		role := schema.Spare
		if len(seats) == 1 {
			role = schema.StandBy // lxd 5.0.2, lxd/cluster/membership.go Accept; measured
		}
		seats = append(seats, Seat{Member: m.Name, Role: role, Online: true, Domain: FailureDomain(d.want.Want, m.Name)})
		seats, _ = PredictRoles(seats, leaderAfter(leader, seats), targets)
	}
	leave(schema.StateAbsent)
	return seats, true
}

// rolesText lists the members by role: "voters node1, node2, node3; stand-by node4".
func rolesText(seats []Seat) string {
	var parts []string
	for _, role := range []struct {
		role      schema.RaftRole
		one, many string
	}{{schema.Voter, "voter", "voters"}, {schema.StandBy, "stand-by", "stand-bys"}, {schema.Spare, "spare", "spares"}} {
		var names []string
		for _, s := range seats {
			if s.Role == role.role {
				names = append(names, s.Member)
			}
		}
		word := role.many
		if len(names) == 1 {
			word = role.one
		}
		if len(names) > 0 {
			parts = append(parts, word+" "+strings.Join(names, ", "))
		}
	}
	return strings.Join(parts, "; ")
}
