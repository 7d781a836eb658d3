package guard

import (
	"fmt"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// guardRemoval refuses removals that LXD refuses half-way, or that would cost the quorum.
func guardRemoval(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	gone := 0
	for _, c := range p.Changes {
		if c.Ref.Kind != schema.KindMember || c.Action != plan.Delete {
			continue
		}
		gone++
		want := p.Wanted(c.Ref)
		for _, u := range p.Live.Facts.UncoveredOn(c.Ref.Name) {
			out = append(out, schema.Diagnostic{Severity: schema.SeverityWarning, Code: plan.CodeUncovered, Member: c.Ref.Name,
				Ref: c.Ref, Summary: "also there: " + u.String() + ", which go with " + c.Ref.Name,
				Detail: "The database has them, and clusterctl does not know what they are.",
				Hint:   "look at them with the server's own client before"})
		}
		if diag, refused := p.checkRemoval(c, want.State == schema.StateLost); refused {
			diag.Member = c.Ref.Name
			out = append(out, diag)
		}
	}
	if gone > 0 && len(p.Members) == 0 {
		out = append(out, plan.Refusal(plan.CodeLastMember, schema.Position{}, schema.Ref{},
			"cannot remove every member of a cluster"))
	}
	return out
}

func (p Proposal) checkRemoval(c plan.Change, lost bool) (schema.Diagnostic, bool) {
	m, name := p.Live.Facts.Members[c.Ref.Name], c.Ref.Name
	left := p.Remains(name, p.Departures)
	var diag schema.Diagnostic
	purpose := ToLeave
	if lost {
		purpose = ToGiveUp
	}
	if said := say(LookAt(p.Live.Facts, name, "", purpose), c.At); len(said) > 0 {
		return said[0], true
	}
	switch after := p.VotersWithout(name); {
	case !lost && left.Instances+left.Volumes+left.Buckets+left.Images > 0:
		diag = inUse(p.Product(), c, left)
	case m.Role != "" && after.Online < after.Needed:
		diag = plan.Refusal(plan.CodeQuorum, c.At, c.Ref, "cannot remove %s: the database would lose its quorum", name)
		diag.Detail = fmt.Sprintf("%d of the remaining voters are online, %d are needed.", after.Online, after.Needed)
		diag.Hint = "bring offline voters back first"
	}
	return diag, diag.Summary != ""
}

// inUse says what a member still has, and how to take it off.
func inUse(product schema.Product, c plan.Change, left view.Remains) schema.Diagnostic {
	diag := plan.Refusal(plan.CodeMemberInUse, c.At, c.Ref, "cannot remove %s: it has %s", c.Ref.Name, view.Usage(left))
	if len(left.Words) > 0 {
		diag.Detail = "There are " + view.Sentence(left.Words) + "."
	}
	var hints []string
	if left.Instances > 0 {
		hints = append(hints, "move or delete the instances first: --evacuate moves all that "+product.Title()+
			" can move; apply moves them in the same plan where the preseed says state: absent for the member and "+
			"gives them another target:")
	}
	if left.Volumes > 0 {
		hints = append(hints, "move or delete the volumes first: --evacuate moves all that nothing uses, "+
			product.Client()+" storage volume move POOL/NAME POOL/NAME --target MEMBER --destination-target MEMBER one")
	}
	if left.Buckets > 0 {
		hints = append(hints, "copy what is in the buckets elsewhere and delete them: they would go with the member")
	}
	if left.Images > 0 {
		hints = append(hints, "raise cluster.images_minimal_replica, which makes "+product.Title()+" copy the images, or delete them")
	}
	diag.Hint = strings.Join(hints, "; ")
	return diag
}

// guardVolumes refuses to empty a member whose volumes cannot be moved.
func guardVolumes(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	for _, s := range p.Departures.Stuck {
		at := schema.Position{}
		if i := slices.IndexFunc(p.Changes, func(c plan.Change) bool { return c.Ref == plan.MemberRef(s.Member) }); i >= 0 {
			at = p.Changes[i].At
		}
		diag := plan.Refusal(plan.CodeVolumeStays, at, s.Ref, "cannot move %s off %s: %s", s.Ref, s.Member, s.Why)
		diag.Detail, diag.Hint, diag.Member = s.Detail, s.Hint, s.Member
		out = append(out, diag)
	}
	return out
}
