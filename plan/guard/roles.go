package guard

import (
	"fmt"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// adviseRoles predicts the roles in the database once members have joined and left, and the settings that decide about
// roles have changed.
func adviseRoles(p Proposal) schema.Diagnostics {
	if !slices.ContainsFunc(p.Changes, movesRoles) || len(p.Members) < 2 {
		return nil
	}
	roles, known := p.RolesAfter()
	if !known {
		return nil
	}
	out := schema.Diagnostics{{Severity: schema.SeverityAdvice, Code: plan.CodeRoles,
		Summary: "roles in the database afterwards: " + rolesText(roles),
		Detail:  p.Product().Title() + " gives them by itself; between members that are alike it may choose otherwise."}}
	if domain := view.Majority(roles); domain != "" {
		out = append(out, schema.Diagnostic{Severity: schema.SeverityWarning, Code: plan.CodeDomain,
			Summary: fmt.Sprintf("most voters will be in the failure domain %s: when it goes down, the database stops", domain),
			Hint:    "spread the members over at least three failure domains"})
	}
	return out
}

// movesRoles tells whether a change can give members other roles, or voters other failure domains.
func movesRoles(c plan.Change) bool {
	switch {
	case c.Ref.Kind == schema.KindMember && (c.Action == plan.Create || c.Action == plan.Delete):
		return true
	case c.Ref.Kind != schema.KindMember && c.Ref.Kind != schema.KindServer:
		return false
	}
	return slices.ContainsFunc(c.Fields, func(f plan.FieldChange) bool {
		return slices.Contains([]string{"attrs.failure_domain", "config.cluster.max_voters", "config.cluster.max_standby"},
			f.Path)
	})
}

// rolesText lists the members by role: "voters node1, node2, node3; stand-by node4".
func rolesText(roles []view.MemberRole) string {
	var parts []string
	for _, role := range []struct {
		role      schema.RaftRole
		one, many string
	}{{schema.Voter, "voter", "voters"}, {schema.StandBy, "stand-by", "stand-bys"}, {schema.Spare, "spare", "spares"}} {
		var names []string
		for _, s := range roles {
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
