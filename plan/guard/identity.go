package guard

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"

	"clusterctl/plan"
	"clusterctl/schema"
)

// guardIdentity refuses to work through a connection behind which somebody else answers: another member, a member
// of another cluster, or a server that was installed anew under the name of a member.
func guardIdentity(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	for _, m := range p.Want.Members {
		host, connected := p.Live.Facts.Hosts[m.Name]
		_, member := p.Live.Facts.Members[m.Name]
		lost := p.Wanted(plan.MemberRef(m.Name)).State == schema.StateLost
		if !connected || host.Fault != "" || !member || lost || !p.Live.Facts.Clustered {
			continue
		}
		code := plan.CodeIdentity
		add := func(hint, format string, args ...any) {
			diag := plan.Refusal(code, m.Pos, plan.MemberRef(m.Name), format, args...)
			diag.Member, diag.Hint = m.Name, hint
			out = append(out, diag)
		}
		switch {
		case host.Joining:
			code = plan.CodeStuckJoin
			add("apply again in a minute; if it stays, restart the daemon of "+m.Name+", which goes on or says in its log why not",
				"cannot go on while the join of %s has not ended: its own database has the cluster's members, and it is in no cluster yet", m.Name)
		case !host.Clustered && p.Live.Facts.Members[m.Name].State != schema.StatePending && host.Blank:
			add("if it was installed anew, give the old member up with state: lost, and join it under another name with replaces: "+m.Name,
				"cannot use the connection of %s: the server there is in no cluster and has no database of one, though the cluster lists the member", m.Name)
		case !host.Clustered && p.Live.Facts.Members[m.Name].State != schema.StatePending:
			add("apply again in a minute, or look through SSH or the socket, which tells a join that goes on from a server that was installed anew",
				"cannot use the connection of %s: the server there says that it is in no cluster, though the cluster lists the member", m.Name)
		case p.renamed(m.Name, host):
		case host.Clustered && host.Name != "" && host.Name != m.Name:
			add("correct the connection", "cannot use the connection of %s: it leads to member %s", m.Name, host.Name)
		case host.Clustered && different(host.Certificate, p.Live.Facts.Certificate):
			add("correct the connection, or plan the two clusters from two preseeds",
				"cannot use the connection of %s: it leads to a member of another cluster", m.Name)
		}
	}
	return out
}

// renamed reports a member that answers under a name which no member has any more: until its daemon restarts it says
// its earlier one (lxd 5.0.2, measured). The address and the certificate tell that it is the same.
func (p Proposal) renamed(name string, host schema.HostFacts) bool {
	_, other := p.Live.Facts.Members[host.Name]
	return host.Clustered && !other && host.Config["cluster.https_address"] == p.Live.Facts.Members[name].Address &&
		same(host.Certificate, p.Live.Facts.Certificate)
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

// same reports that two certificates are known and are one.
func same(a, b string) bool { return digest(a) != "" && digest(a) == digest(b) }

func digest(text string) string {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return ""
	}
	sum := sha256.Sum256(block.Bytes)
	return hex.EncodeToString(sum[:])
}
