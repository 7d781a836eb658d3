package guard

import (
	"fmt"
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// Proposal is a plan before it is judged.
type Proposal struct {
	*view.View
	Changes    []plan.Change
	Steps      []plan.Step
	Departures view.Departures
	// AllowDestroy names the objects that may be deleted.
	AllowDestroy []string
}

// guards look at a proposal and speak for or against it. They may warn or refuse; they never change a plan,
// which is shown whatever they say.
var guards = []func(Proposal) schema.Diagnostics{
	guardImmutable, guardConnections, guardCertificates, guardJoiners, guardStuckJoins, guardSuccessions,
	guardJoinNetworks,
	guardHalfCreated, guardLeftovers, guardOffline, guardOfflineParts, guardDestinations, guardReferences, guardRequired,
	guardInUse, Destroy, guardProtected,
	guardVolumes,
	guardRemoval, guardFiles, guardUnseen, guardUndeclared,
	guardParents, guardSources, guardProjectNetworks, guardShared, guardFeatures, guardRestricted, guardPublic,
	guardDevices, guardSubnets, guardUnmovable,
	adviseRoles, adviseLeftKeys, guardAddresses, guardFounder,
}

// guardImmutable refuses the differences that LXD cannot make.
func guardImmutable(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	for _, c := range p.Changes {
		if c.Action != plan.Refuse {
			continue
		}
		at := c.At
		if len(c.Fields) > 0 && c.Fields[0].At.Line > 0 {
			at = c.Fields[0].At
		}
		diag := plan.Refusal(plan.CodeImmutable, at, c.Ref, "cannot make %s as declared: %s", c.Ref, c.Reason)
		diag.Hint = "write the live value into the preseed, or delete the object and let clusterctl create it anew"
		out = append(out, diag)
	}
	return out
}

// guardUnseen passes on what the reader could not see.
func guardUnseen(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	for _, s := range p.Live.Facts.Unseen {
		out = append(out, schema.Diagnostic{Severity: schema.SeverityAdvice, Code: plan.CodeUnseen, Member: s.Member,
			Summary: s.Text})
	}
	return out
}

// guardFounder refuses joins when there is nobody to join: documents that join, of members that are alone, and none
// that bootstraps.
func guardFounder(p Proposal) schema.Diagnostics {
	if p.Live.Facts.Clustered || p.Want.Bootstrap != "" || len(p.Joiners) == 0 {
		return nil
	}
	m := p.Joiners[0]
	diag := plan.Refusal(schema.CodeBootstrap, m.Pos, plan.MemberRef(m.Name),
		"cannot join %s: no member of a cluster can be reached", m.Name)
	diag.Detail = "The preseed has documents that join, and nobody in it is in a cluster or bootstraps one."
	diag.Hint = "add the bootstrap document, or a member of the cluster under members:"
	return schema.Diagnostics{diag}
}

// guardUndeclared mentions members that the cluster has and the preseed does not.
func guardUndeclared(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	if len(p.Want.Members) == 0 {
		return nil
	}
	for _, name := range p.Live.Facts.MemberOrder() {
		if _, ok := p.Want.Want.Get(plan.MemberRef(name)); ok || p.Live.Facts.Members[name].State == schema.StatePending ||
			!p.Live.Facts.Clustered {
			continue
		}
		out = append(out, schema.Diagnostic{Severity: schema.SeverityAdvice, Code: plan.CodeUndeclared,
			Ref: plan.MemberRef(name), Member: name,
			Summary: fmt.Sprintf("the cluster has a member %s that the preseed does not mention; it is left alone", name)})
	}
	return out
}

// Check returns what all guards say.
func Check(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	for _, guard := range guards {
		out = append(out, guard(p)...)
	}
	return out
}

// Recheck returns what the guards say that look at what no fingerprint has.
func Recheck(p Proposal) schema.Diagnostics {
	return slices.Concat(guardConnections(p), guardJoiners(p), guardOffline(p))
}
