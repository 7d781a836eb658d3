package guard

import (
	"clusterctl/plan"
	"clusterctl/schema"
)

// guardCertificates refuses a join whose document pins another certificate than the cluster's. Before there is a
// cluster the only one to be had is the bootstrap member's own, which LXD's documentation says to take; LXD 5.0.2
// makes a new one at the bootstrap, so the cluster is then asked for it.
func guardCertificates(p Proposal) schema.Diagnostics {
	real, whose, file := p.Live.Facts.Certificate, "the cluster's", "cluster.crt"
	if p.Bootstrap != "" {
		real, whose, file = p.Live.Facts.Hosts[p.Bootstrap].Certificate, p.Bootstrap+"'s", "server.crt"
	}
	var out schema.Diagnostics
	for _, m := range p.Joiners {
		if !different(m.Certificate, real) {
			continue
		}
		diag := plan.Refusal(plan.CodePinned, p.Want.Source.At(plan.MemberRef(m.Name), "certificate"),
			plan.MemberRef(m.Name),
			"cannot join %s: the cluster_certificate of its document is not %s", m.Name, whose)
		diag.Member = m.Name
		diag.Detail = "Its fingerprint is " + schema.Fingerprint(m.Certificate) + ", the server shows " + schema.Fingerprint(real) + "."
		diag.Hint = "leave cluster_certificate out and the cluster is asked, or copy " + file + " from a member"
		out = append(out, diag)
	}
	return out
}
