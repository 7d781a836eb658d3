package guard

import (
	"fmt"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
)

// guardHosts refuses a plan that has to talk to a daemon which did not answer, and warns about one that it can do
// without.
func guardHosts(p Proposal) schema.Diagnostics {
	needed := map[string]bool{}
	for _, s := range p.Steps {
		needed[s.Member] = true
	}
	var out schema.Diagnostics
	for _, m := range p.Want.Members {
		host := p.Live.Facts.Hosts[m.Name]
		if o := p.Wanted(plan.MemberRef(m.Name)); host.Fault == "" || o.State == schema.StateLost {
			continue
		}
		diag := plan.Refusal(faultCode(host.FaultKind), m.Pos, plan.MemberRef(m.Name), "cannot reach %s: %s", m.Name,
			host.Fault)
		diag.Member = m.Name
		diag.Hint = faultHint(p.Product(), host.FaultKind, m)
		if !needed[m.Name] {
			diag.Severity = schema.SeverityWarning
		}
		out = append(out, diag)
	}
	return out
}

func faultCode(kind schema.Fault) schema.Code {
	switch kind {
	case schema.FaultHostKey, schema.FaultHostKeyUnknown:
		return plan.CodeHostKey
	case schema.FaultCertificate:
		return plan.CodeCertificate
	case schema.FaultDenied:
		return plan.CodeDenied
	}
	return plan.CodeUnreachable
}

func faultHint(product schema.Product, kind schema.Fault, m schema.Member) string {
	switch kind {
	case schema.FaultHostKey, schema.FaultHostKeyUnknown:
		return "if the key is the right one, put it into known_hosts (ssh-keyscan shows it; compare it on the server)"
	case schema.FaultCertificate:
		return "compare the fingerprint with the one that `" + product.Client() + " info` shows on the server, then write it into connection.https.fingerprint"
	case schema.FaultDenied:
		return "give the user access to the daemon's socket, or add the client certificate to the trust store (connection.https.password or token)"
	case schema.FaultStarting:
		return "wait until the daemon is ready: `" + product.Admin() + " waitready` on the server; a member that is blocked waits for the others to be upgraded"
	}
	return fmt.Sprintf("start the server, or correct members: %s: connection (now %s)", m.Name, describe(m.Connection))
}

func describe(c schema.Connection) string {
	switch {
	case c.SSH != nil:
		return "ssh://" + c.SSH.Host
	case c.HTTPS != nil:
		return c.HTTPS.URL
	case c.Unix != nil:
		return "unix://" + c.Unix.Socket
	}
	return "none"
}

// guardJoiners refuses to join a server that is not brand new, is in a cluster already, or runs something else.
// LXD itself checks only the last: instances, volumes and images of a joiner are silently orphaned (measured on
// lxd 5.0.2).
func guardJoiners(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	reference, from := p.reference()
	for _, m := range p.Joiners {
		host, seen := p.Live.Facts.Hosts[m.Name]
		if !seen || host.Fault != "" {
			continue
		}
		add := func(code schema.Code, hint, format string, args ...any) {
			diag := plan.Refusal(code, m.Pos, plan.MemberRef(m.Name), format, args...)
			diag.Member, diag.Hint = m.Name, hint
			out = append(out, diag)
		}
		switch {
		case host.Clustered && p.Live.Facts.Members[m.Name].State == schema.StatePending:
			continue // it began to join this very cluster: guardStuckJoins
		case host.Clustered && p.Live.Facts.Clustered && same(host.Certificate, p.Live.Facts.Certificate):
			add(plan.CodeElsewhere, "if it joins just now, apply again in a minute; if it was removed and not wiped, wipe it as docs/joins.md tells",
				"cannot join %s: the server has the certificate of this very cluster, which lists no member of that name", m.Name)
			continue
		case host.Clustered:
			add(plan.CodeElsewhere, "remove it from that cluster first (`"+p.Product().Client()+" cluster remove`), or correct its name or connection",
				"cannot join %s: the server is a member of another cluster already", m.Name)
			continue
		case len(host.Holds) > 0:
			add(plan.CodeJoinerNotEmpty, "delete these, or move them away, or choose a brand new server",
				"cannot join %s: the server is not empty, a join would take from it %s", m.Name, strings.Join(host.Holds, ", "))
		}
		if lost := p.settingsLost(host); len(lost) > 0 {
			out = append(out, schema.Diagnostic{Severity: schema.SeverityWarning, Code: plan.CodeJoinerSettings,
				Position: m.Pos, Ref: plan.MemberRef(m.Name),
				Member:  m.Name,
				Summary: fmt.Sprintf("%s loses settings of its own when it joins: %s", m.Name, strings.Join(lost, ", ")),
				Hint:    "write those that you want to keep into the preseed: they hold for the whole cluster then"})
		}
		if from == "" {
			continue
		}
		if host.Flavour != reference.Flavour {
			add(plan.CodeVersions, "install the same version on all members", "cannot join %s: it runs %s, %s runs %s", m.Name,
				host.Flavour, from, reference.Flavour)
		} else if host.Extensions != reference.Extensions {
			add(plan.CodeVersions, "install the same build on all members",
				"cannot join %s: it has %d API extensions, %s has %d",
				m.Name, host.Extensions, from, reference.Extensions)
		}
	}
	return out
}

// settingsLost names the settings of a joiner that neither the preseed nor the cluster has.
func (p Proposal) settingsLost(host schema.HostFacts) []string {
	var out []string
	for _, o := range host.Settings {
		want, wanted := p.Want.Want.Get(o.Ref)
		live, there := p.Live.Get(o.Ref)
		kind := p.Kind(o.Ref.Kind)
		for key, value := range o.Config {
			rule, _ := kind.Rule("", key)
			if _, given := want.Config[key]; !given && live.Config[key] != value && !rule.Volatile {
				out = append(out, key+"="+value)
			}
		}
		if kind.Lifecycle != schema.Singleton && !wanted && !there {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s %.12s %s", kind.Title, o.Ref.Name, o.Attrs[kind.Called])))
		}
	}
	slices.Sort(out)
	return out
}

// reference returns a host whose version a joiner must have: the bootstrap member, or a member of the cluster.
func (p Proposal) reference() (schema.HostFacts, string) {
	if p.Bootstrap != "" {
		host := p.Live.Facts.Hosts[p.Bootstrap]
		if host.Fault != "" || host.Flavour.Product == "" {
			return schema.HostFacts{}, ""
		}
		return host, p.Bootstrap
	}
	for _, name := range p.Live.Facts.MemberOrder() {
		if host, ok := p.Live.Facts.Hosts[name]; ok && host.Fault == "" && host.Clustered {
			return host, name
		}
	}
	return schema.HostFacts{}, ""
}

// guardStuckJoins points at joins that began earlier and did not end.
func guardStuckJoins(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	for _, name := range p.Live.Facts.MemberOrder() {
		if p.Live.Facts.Members[name].State != schema.StatePending {
			continue
		}
		host := p.Live.Facts.Hosts[name]
		diag := schema.Diagnostic{Severity: schema.SeverityWarning, Code: plan.CodeStuckJoin, Ref: plan.MemberRef(name),
			Member:   name,
			Position: p.Want.Source.At(plan.MemberRef(name), ""),
			Summary:  fmt.Sprintf("an earlier join of %s did not end: the database has a pending row", name),
			Detail:   "A new join under the same name and address takes the row over, provided that the server is standalone again."}
		if host.Fault != "" || host.Clustered {
			diag.Severity = schema.SeverityRefusal
			diag.Hint = "start the daemon if it is only down; if it does not come up, wipe it as docs/joins.md tells (A join that did not end), then apply again"
		}
		out = append(out, diag)
	}
	return out
}
