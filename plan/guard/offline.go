package guard

import (
	"fmt"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
)

// guardJoinNetworks refuses joins into a cluster with a bridge whose addresses are not stored: the joiner's daemon
// makes up its own and then finds them different (measured on lxd 5.0.2: "Mismatching config for network").
func guardJoinNetworks(p Proposal) schema.Diagnostics {
	if len(p.Joiners) == 0 || !p.Live.Facts.Clustered {
		return nil
	}
	var out schema.Diagnostics
	for _, n := range p.Live.OfKind(schema.KindNetwork) {
		_, declared := p.Want.Want.Get(n.Ref)
		if !declared && p.Product() == schema.Incus && n.State == schema.StateCreated {
			out = append(out, p.parentUnsaid(n)...)
		}
		out = append(out, p.zoneUnknown(n)...)
		if n.Attrs["type"] != "bridge" || n.State == schema.StatePending {
			continue
		}
		for _, key := range []string{"ipv4.address", "ipv6.address"} {
			if n.Config[key] != "" || n.Config["bridge.mode"] == "fan" {
				continue
			}
			diag := plan.Refusal(plan.CodeJoinNetwork, p.Want.Source.At(n.Ref, ""), n.Ref,
				"cannot join a member while %s has no %s", n.Ref, key)
			diag.Detail = "A joining server would choose an address of its own, and " + p.Product().Title() +
				" then refuses the join because the networks differ."
			diag.Hint = fmt.Sprintf("set it first, for instance: %s network set %s %s none", p.Product().Client(), n.Ref.Name,
				key)
			out = append(out, diag)
		}
	}
	return out
}

// parentUnsaid refuses joins into a cluster of Incus with a network on an interface of each member of which the preseed
// says nothing: `option "parent": Required value`. LXD takes the name of the interface from the others (measured on
// incus 6.0.4, 7.5.1 and lxd 5.0.2).
func (p Proposal) parentUnsaid(n schema.Object) schema.Diagnostics {
	var out schema.Diagnostics
	for _, m := range p.Joiners {
		if !slices.ContainsFunc(n.MemberNames(), func(name string) bool { return n.Members[name].Config["parent"] != "" }) {
			continue
		}
		diag := plan.Refusal(plan.CodeJoinNetwork, m.Pos, n.Ref,
			"cannot join %s while the preseed says nothing of %s: it needs an interface of %s", m.Name, n.Ref, m.Name)
		diag.Member = m.Name
		diag.Hint = fmt.Sprintf("add {name: %s, type: %s} to networks:, and to the member member_config: {network: {%[1]s: {parent: INTERFACE}}}",
			n.Ref.Name, n.Attrs["type"])
		out = append(out, diag)
	}
	return out
}

// looksForZones are the servers that judge a network once more while they join, in a database that has no zones yet
// (incus 6.0.4 and 6.11.0, cmd/incusd/networks.go doNetworksCreate; measured on 6.0.4).
var looksForZones = schema.Versions{schema.LXD: {}, schema.Incus: schema.ParseSpans("6.0.4..6.0 6.11..")}

// zoneUnknown refuses joins into a cluster of Incus with a bridge that names a zone: `Invalid "dns.zone.forward",
// network zone "..." not found`.
func (p Proposal) zoneUnknown(n schema.Object) schema.Diagnostics {
	flavour := p.Live.Facts.Flavour
	if n.Attrs["type"] != "bridge" || n.State != schema.StateCreated || !looksForZones.In(flavour) {
		return nil
	}
	var out schema.Diagnostics
	for _, key := range []string{"dns.zone.forward", "dns.zone.reverse.ipv4", "dns.zone.reverse.ipv6"} {
		if n.Config[key] == "" {
			continue
		}
		diag := plan.Refusal(plan.CodeJoinNetwork, p.Want.Source.At(n.Ref, "config."+key), n.Ref,
			"cannot join a member while %s has %s", n.Ref, key)
		diag.Detail = flavour.Title() + " looks for the zone in the joining server's own database, which has none, and refuses " +
			"the join."
		diag.Hint = fmt.Sprintf("take it out for the join: apply with %s: \"\" and %s, then without that; then put it back",
			key, p.withoutJoiners())
		out = append(out, diag)
	}
	return out
}

// withoutJoiners are the flags that leave all joins out.
func (p Proposal) withoutJoiners() string {
	flag := func(m schema.Member) string { return "--exclude member/" + m.Name }
	return strings.Join(schema.Map(p.Joiners, flag), " ")
}

// guardHalfCreated refuses joins on LXD while a pool or network is not created everywhere, unless the plan mends it
// before. A join that fails then makes the joiner take back "its own" creation of what nobody uses, in the cluster's
// database: pools and networks of the cluster are gone, a pool's folder on all members included (lxd 5.0.2, 5.21.7,
// 6.9, measured; Incus joins).
func guardHalfCreated(p Proposal) schema.Diagnostics {
	if len(p.Joiners) == 0 || !p.Live.Facts.Clustered || p.Live.Facts.Flavour.Product == schema.Incus {
		return nil
	}
	var out schema.Diagnostics
	for _, kind := range p.Reg.All() {
		if kind.Lifecycle != schema.Pending {
			continue
		}
		for o := range p.Live.AllOfKind(kind.Name) {
			if !p.Half(o.Ref) || slices.ContainsFunc(p.Changes, func(c plan.Change) bool {
				return c.Ref == o.Ref && p.MendsFirst(c)
			}) {
				continue
			}
			diag := plan.Refusal(plan.CodeHalfCreated, p.Want.Source.At(o.Ref, ""), o.Ref,
				"cannot join a member while %s is %s", o.Ref, o.State)
			diag.Detail = "A join that fails on it would take unused pools and networks of the cluster away."
			diag.Hint = "declare it as it is to be, or with state: absent, and it is mended before the join; " +
				"or finish it first: apply with " + p.withoutJoiners()
			out = append(out, diag)
		}
	}
	return out
}

// down returns what the table says of the members without which what all have is not changed, and that are neither
// given up nor kept from their heartbeats by what the plan mends first.
func (p Proposal) down() schema.Diagnostics {
	var out schema.Diagnostics
	held := p.HeldUp()
	for _, name := range p.Live.Facts.MemberOrder() {
		// Who is lost goes before anything needs all members.
		if p.Wanted(plan.MemberRef(name)).State != schema.StateLost && !slices.Contains(held, name) {
			out = append(out, say(LookAt(p.Live.Facts, name, "", ToChangeAll), schema.Position{})...)
		}
	}
	return out
}

// joined joins a text of each diagnostic, every text once.
func joined(list schema.Diagnostics, with string, text func(schema.Diagnostic) string) string {
	var out []string
	for _, d := range list {
		if t := text(d); !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return strings.Join(out, with)
}

func summary(d schema.Diagnostic) string { return d.Summary }

func hint(d schema.Diagnostic) string { return d.Hint }

// guardOffline refuses steps that need every member when one is offline. The database learns of a dead member only
// when its heartbeat is too old, so a connection that fails counts as well.
func guardOffline(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	down := p.down()
	if len(down) == 0 {
		return nil
	}
	for _, c := range p.Changes {
		if kind := p.Kind(c.Ref.Kind); kind.Lifecycle != schema.Pending || c.Action == plan.Refuse {
			continue
		}
		diag := plan.Refusal(plan.CodeOffline, c.At, c.Ref, "cannot %s %s while %s", c.Action, c.Ref,
			joined(down, " and ", summary))
		diag.Detail = p.Product().Title() + " makes this change on every member; with one missing it would stay half done."
		diag.Hint = joined(down, "; ", hint)
		out = append(out, diag)
	}
	if len(p.Joiners) > 0 {
		out = append(out, schema.Diagnostic{Severity: schema.SeverityWarning, Code: plan.CodeOffline,
			Summary: joined(down, " and ", summary) + ": joins run one after the other and may be slow"})
	}
	return out
}
