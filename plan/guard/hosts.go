package guard

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// guardConnections refuses to work through a connection behind which nobody answers, or somebody else: another member,
// a member of another cluster, a server that was installed anew under the name of a member. Of one that the plan can do
// without it warns.
func guardConnections(p Proposal) schema.Diagnostics {
	needed := map[string]bool{}
	for _, s := range p.Steps {
		needed[s.Member] = s.Op.Kind != plan.OpTrust
	}
	var out schema.Diagnostics
	for _, m := range p.Want.Members {
		if p.Wanted(plan.MemberRef(m.Name)).State == schema.StateLost || p.Wiped(m.Name) ||
			p.Unbootstrapped(m.Name) || p.Restarted(m.Name) {
			continue
		}
		s := LookAt(p.Live.Facts, m.Name, m.Address, ToUse)
		if s.Why != "" {
			s.Other = describe(m.Connection)
		}
		said := say(s, m.Pos)
		if len(said) > 0 && (s.Why != "" || p.onlyGivesUp()) && !needed[m.Name] {
			said[0].Severity = schema.SeverityWarning
		}
		out = append(out, said...)
	}
	return out
}

// onlyGivesUp reports a plan that gives up lost members and does nothing else. After a recovery several are, each with
// a connection that may lead to a server that was installed anew.
func (p Proposal) onlyGivesUp() bool {
	return len(p.Changes) > 0 && !slices.ContainsFunc(p.Changes, func(c plan.Change) bool {
		return c.Ref.Kind != schema.KindMember || p.Wanted(c.Ref).State != schema.StateLost
	})
}

// say returns what the table says of what was seen, at a place of the preseed, if anything.
func say(s Seen, at schema.Position) schema.Diagnostics {
	row, ok := Judge(s)
	if !ok || row.Do == GoOn {
		return nil
	}
	diag := row.Diagnostic(s, schema.SeverityRefusal)
	diag.Position, diag.Ref = at, plan.MemberRef(s.Member)
	return schema.Diagnostics{diag}
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
		if diag, taken := p.addressTaken(m); taken {
			out = append(out, diag)
			continue
		}
		host, seen := p.Live.Facts.Hosts[m.Name]
		s := LookAt(p.Live.Facts, m.Name, m.Address, ToJoin)
		if s.Facts.Has(Pending) {
			out = append(out, leftPool(m, host)...)
			continue // it began to join this very cluster: guardStuckJoins
		}
		if p.Wiped(m.Name) {
			continue
		}
		if said := say(s, m.Pos); !seen || host.Fault != "" || len(said) > 0 {
			out = append(out, said...)
			continue
		}
		out = append(out, p.joinLoses(m, host)...)
		switch {
		case from == "":
		case host.Flavour != reference.Flavour:
			out = append(out, cannotJoin(m, plan.CodeVersions, "install the same version on all members",
				"it runs %s, %s runs %s", host.Flavour, from, reference.Flavour))
		case host.Extensions != reference.Extensions:
			out = append(out, cannotJoin(m, plan.CodeVersions, "install the same build on all members",
				"it has %d API extensions, %s has %d", host.Extensions, from, reference.Extensions))
		}
	}
	return out
}

// cannotJoin refuses a joiner, and says why and what to do about it.
func cannotJoin(m schema.Member, code schema.Code, hint, why string, args ...any) schema.Diagnostic {
	diag := plan.Refusal(code, m.Pos, plan.MemberRef(m.Name), "cannot join %s: %s", m.Name, fmt.Sprintf(why, args...))
	diag.Member, diag.Hint = m.Name, hint
	return diag
}

// leftPool refuses a joiner on which a join that broke off has left a storage pool.
func leftPool(m schema.Member, host schema.HostFacts) schema.Diagnostics {
	pools := slices.Sorted(maps.Keys(host.Sources))
	if len(pools) == 0 {
		return nil
	}
	diag := cannotJoin(m, plan.CodeJoinerNotEmpty, "look at it, and delete the pool on that server",
		"a join that broke off has left it the storage pool %s on %s", pools[0], host.Sources[pools[0]])
	diag.Detail = "Nobody sees what is there, so the server is not wiped."
	return schema.Diagnostics{diag}
}

// joinLoses says what a server would lose as it joins: refused for what it holds, a warning for its settings.
func (p Proposal) joinLoses(m schema.Member, host schema.HostFacts) schema.Diagnostics {
	var out schema.Diagnostics
	if len(host.Holds) > 0 {
		out = append(out, cannotJoin(m, plan.CodeJoinerNotEmpty,
			"delete these, or move them away, or choose a brand new server",
			"the server is not empty, a join would take from it %s", strings.Join(host.Holds, ", ")))
	}
	if lost := p.settingsLost(host); len(lost) > 0 {
		out = append(out, schema.Diagnostic{Severity: schema.SeverityWarning, Code: plan.CodeJoinerSettings,
			Position: m.Pos, Ref: plan.MemberRef(m.Name), Member: m.Name,
			Summary: fmt.Sprintf("%s loses settings of its own when it joins: %s", m.Name, strings.Join(lost, ", ")),
			Hint:    "write those that you want to keep into the preseed: they hold for the whole cluster then"})
	}
	return out
}

// addressTaken refuses to join a server at the address of a member: that member under another name.
func (p Proposal) addressTaken(m schema.Member) (schema.Diagnostic, bool) {
	for _, name := range p.Live.Facts.MemberOrder() {
		is := p.Live.Facts.Members[name]
		if name == m.Name || is.State == schema.StatePending || is.Address == "" ||
			schema.AddressForm(is.Address) != schema.AddressForm(m.Address) ||
			slices.Contains([]schema.State{schema.StateAbsent, schema.StateLost}, p.Wanted(plan.MemberRef(name)).State) {
			continue
		}
		diag := plan.Refusal(plan.CodeElsewhere, p.Want.Source.At(plan.MemberRef(m.Name), "address"),
			plan.MemberRef(m.Name), "cannot join %s: %s is member %s of this cluster", m.Name, m.Address, name)
		diag.Member = m.Name
		diag.Hint = fmt.Sprintf("correct the name or the address; `%s cluster rename %s %s` renames the member",
			p.Product().Client(), name, m.Name)
		return diag, true
	}
	return schema.Diagnostic{}, false
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

// guardStuckJoins points at joins that began earlier and did not end: of who is to join, of who is to leave, and of who
// is not in the preseed.
func guardStuckJoins(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	for _, name := range p.Live.Facts.MemberOrder() {
		want, declared := p.Want.Want.Get(plan.MemberRef(name))
		purpose := ToJoin
		switch {
		case !declared:
			purpose = ToKnow
		case want.State == schema.StateAbsent || want.State == schema.StateLost:
			purpose = ToLeave
		}
		if s := LookAt(p.Live.Facts, name, "", purpose); s.Facts.Has(Pending) && !p.Wiped(name) {
			out = append(out, say(s, p.Want.Source.At(plan.MemberRef(name), ""))...)
		}
	}
	return out
}

// guardSuccessions warns of a joiner that replaces a member of which the cluster knows nothing: it joins like
// any other.
func guardSuccessions(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	for _, m := range p.Joiners {
		_, there := p.Live.Get(plan.MemberRef(m.Replaces))
		if heir, _ := view.Noted(p.Want, p.Live, m); m.Replaces == "" || there || heir != "" ||
			!p.Live.Facts.Clustered {
			continue
		}
		out = append(out, schema.Diagnostic{Severity: schema.SeverityWarning, Code: schema.CodeReference,
			Position: m.Pos, Ref: plan.MemberRef(m.Name), Member: m.Name,
			Summary: fmt.Sprintf("%s takes nothing over: the cluster has no member %s, and no note of what it had",
				m.Name, m.Replaces),
			Hint: "correct replaces:, or write what " + m.Name +
				" is to have: failure_domain:, groups:, member_config:"})
	}
	return out
}
