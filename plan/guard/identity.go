package guard

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"

	"clusterctl/plan"
	"clusterctl/schema"
)

// guardIdentity refuses to work through a connection behind which somebody else answers: another member, a member
// of another cluster, or a server that was installed anew under the name of a member.
func guardIdentity(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	for _, m := range p.Want.Members {
		host, connected := p.Live.Facts.Hosts[m.Name]
		if _, member := p.Live.Facts.Members[m.Name]; !connected || host.Fault != "" || !member || !p.Live.Facts.Clustered {
			continue
		}
		add := func(hint, format string, args ...any) {
			diag := plan.Refusal(plan.CodeIdentity, m.Pos, plan.MemberRef(m.Name), format, args...)
			diag.Member, diag.Hint = m.Name, hint
			out = append(out, diag)
		}
		switch {
		case !host.Clustered && p.Live.Facts.Members[m.Name].State != schema.StatePending:
			add(fmt.Sprintf("if it was installed anew, remove the old member first: %s cluster remove --force %s",
				p.Product().Client(), m.Name),
				"cannot use the connection of %s: the server there is in no cluster, though the database lists the member", m.Name)
		case host.Clustered && host.Name != "" && host.Name != m.Name:
			add("correct the connection", "cannot use the connection of %s: it leads to member %s", m.Name, host.Name)
		case host.Clustered && different(host.Certificate, p.Live.Facts.Certificate):
			add("correct the connection, or plan the two clusters from two preseeds",
				"cannot use the connection of %s: it leads to a member of another cluster", m.Name)
		}
	}
	return out
}

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
		diag := plan.Refusal(plan.CodeCertificate, p.Want.Source.At(plan.MemberRef(m.Name), "certificate"),
			plan.MemberRef(m.Name),
			"cannot join %s: the cluster_certificate of its document is not %s", m.Name, whose)
		diag.Member = m.Name
		diag.Detail = "Its fingerprint is " + digest(m.Certificate) + ", the server shows " + digest(real) + "."
		diag.Hint = "leave cluster_certificate out and the cluster is asked, or copy " + file + " from a member"
		out = append(out, diag)
	}
	return out
}

// different reports that two certificates in PEM are both known and not the same. Members keep the cluster's
// certificate with different line ends, so the bytes inside are compared.
func different(a, b string) bool {
	x, y := digest(a), digest(b)
	return x != "" && y != "" && x != y
}

func digest(text string) string {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return ""
	}
	sum := sha256.Sum256(block.Bytes)
	return hex.EncodeToString(sum[:])
}
