package care

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"clusterctl/plan"
	"clusterctl/plan/guard"
	"clusterctl/schema"
)

const (
	// tolerated is how far two members' clocks may be apart. Heartbeats and tokens are judged by seconds.
	tolerated = 2 * time.Second
	// soon is how long before its end a certificate is mentioned.
	soon = 30 * 24 * time.Hour
)

// checkReach finds members that are offline, or cannot be reached as the preseed says.
func checkReach(e examination) []Finding {
	var out []Finding
	offline := map[string]bool{}
	for _, name := range e.listed() {
		s := e.seen(name)
		if s.Facts.Has(guard.Blank | guard.Alone) {
			continue // its server was found, and is no member any more: there is no daemon of it to start
		}
		found := e.judge(s)
		offline[name] = len(found) > 0
		out = append(out, found...)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Live.Facts.Hosts)) {
		if h := e.Live.Facts.Hosts[name]; h.Fault != "" && !offline[name] {
			out = append(out, finding(schema.SeverityWarning, plan.CodeUnreachable, name,
				fmt.Sprintf("%s cannot be reached as the preseed says: %s", name, h.Fault),
				"What is on that server was not looked at.", "mend its connection: in the preseed, or the way to it"))
		}
	}
	return out
}

// checkBlocked finds addresses of members that take connections, but not from every other member.
func checkBlocked(e examination) []Finding {
	type end struct{ to, key, address string }
	from := map[end][]string{}
	for _, b := range e.Blocked {
		if e.runs(b.To) || e.Live.Facts.Members[b.To].Online && !e.silent(b.To) {
			from[end{b.To, b.Key, b.Address}] = append(from[end{b.To, b.Key, b.Address}], b.From)
		}
	}
	var out []Finding
	for _, at := range slices.SortedFunc(maps.Keys(from), func(a, b end) int {
		return cmp.Or(cmp.Compare(a.to, b.to), cmp.Compare(a.key, b.key), cmp.Compare(a.address, b.address))
	}) {
		members := strings.Join(slices.Sorted(slices.Values(from[at])), ", ")
		detail, hint := "The members talk to each other there: the database, images, instances that move.",
			"look at routes and firewalls between them"
		if at.key != "cluster.https_address" {
			detail = "Clients that a member serves, and instances on it, find the API there."
			hint = "look at routes, firewalls and, for a name or a virtual address, at what it leads to there"
		}
		out = append(out, finding(schema.SeverityError, plan.CodeBlocked, at.to,
			fmt.Sprintf("%s (%s of %s) takes no connection from %s", at.address, at.key, at.to, members), detail, hint))
	}
	return out
}

// checkVersions finds members that are behind the newest one.
func checkVersions(e examination) []Finding {
	var newest schema.MemberFacts
	var name string
	for _, other := range e.listed() {
		if m := e.Live.Facts.Members[other]; m.Schema > newest.Schema || m.Schema == newest.Schema &&
			m.Extensions > newest.Extensions {
			newest, name = m, other
		}
	}
	var out []Finding
	for _, other := range e.listed() {
		m := e.Live.Facts.Members[other]
		if m.Schema == newest.Schema && m.Extensions == newest.Extensions || m.Extensions == 0 {
			continue
		}
		out = append(out, finding(schema.SeverityError, plan.CodeVersions, other,
			fmt.Sprintf("%s is older than %s: schema %d and %d API extensions, against %d and %d", other, name, m.Schema,
				m.Extensions, newest.Schema, newest.Extensions),
			"The newer members wait, and serve nobody, until all have the same version.",
			"upgrade "+other+", and every other one that is behind"))
	}
	return out
}

// checkGroups finds members that are in no cluster group, as after a join that was broken off at its very end.
func checkGroups(e examination) []Finding {
	var out []Finding
	for _, o := range e.Live.OfKind(schema.KindMember) {
		if len(o.Lists["groups"]) > 0 || e.Live.Facts.Source == "rest" {
			continue
		}
		f := finding(schema.SeverityWarning, plan.CodeNoGroup, o.Ref.Name, o.Ref.Name+" is in no cluster group",
			"A join that was broken off at its end leaves this. Instances are not placed on it.",
			"put it into the group default, or say groups: in the preseed")
		f.Steps = e.planned(schema.Object{Ref: o.Ref, Body: schema.Body{Lists: map[string][]string{"groups": {"default"}}}})
		out = append(out, f)
	}
	return out
}

// checkHalfCreated finds pools and networks that are not created on every member.
func checkHalfCreated(e examination) []Finding {
	var out []Finding
	for _, kind := range e.reg.All() {
		if kind.Lifecycle != schema.Pending {
			continue
		}
		for _, o := range e.Live.OfKind(kind.Name) {
			where, missing := e.unfinished(o)
			if where == "" {
				continue
			}
			f := finding(schema.SeverityError, plan.CodeHalfCreated, "",
				fmt.Sprintf("%s %s is not whole: %s", kind.Title, o.Ref.Name, where),
				"Nothing can use it until it is created on every member, and a member that joins meanwhile gets no part of it.",
				"apply the preseed that has it, which finishes it; or delete it")
			f.Ref = o.Ref
			if left := e.left(o); len(left) > 0 {
				f = leftBehind(f, left)
			} else if len(missing) == 0 {
				f.Steps = e.planned(asDeclared(o))
			}
			out = append(out, f)
		}
	}
	return out
}

// left has, by member, what daemons left there of a part that the database does not call created.
func (e examination) left(o schema.Object) map[string][]string {
	out := map[string][]string{}
	for _, name := range e.listed() {
		r := e.Live.Facts.Hosts[name].Remains
		if r != nil && len(r.Parts[o.Ref]) > 0 && o.Members[name].State != schema.StateCreated {
			out[name] = r.Parts[o.Ref]
		}
	}
	return out
}

// leftBehind says what is in the way of finishing an object: only apply removes it, with consent. A repair would fail
// on it.
func leftBehind(f Finding, left map[string][]string) Finding {
	var consent []string
	for _, name := range slices.Sorted(maps.Keys(left)) {
		f.Detail += " On " + name + " a daemon left: " + strings.Join(left[name], ", ") + "."
		consent = append(consent, "--allow-destroy leftovers/"+name)
	}
	f.Hint = "apply the preseed that has it, with " + strings.Join(consent, " ") +
		", which removes that and finishes it"
	return f
}

// unfinished says where an object is not created, and which members have no part of it.
func (e examination) unfinished(o schema.Object) (where string, missing []string) {
	byState := map[string][]string{}
	for _, name := range e.listed() {
		part, defined := o.Members[name]
		switch {
		case !defined:
			missing = append(missing, name)
		case part.State != schema.StateCreated && part.State != schema.StateUnknown:
			byState[string(part.State)] = append(byState[string(part.State)], name)
		}
	}
	parts := schema.Map(slices.Sorted(maps.Keys(byState)),
		func(state string) string { return state + " on " + strings.Join(byState[state], ", ") })
	if len(missing) > 0 {
		parts = append(parts, "not defined on "+strings.Join(missing, ", "))
	}
	if len(parts) == 0 && o.State != schema.StateCreated {
		parts = []string{string(o.State)}
	}
	return strings.Join(parts, "; "), missing
}

func checkClocks(e examination) []Finding {
	all := slices.Sorted(maps.Values(e.Clocks))
	if len(all) < 2 {
		return nil
	}
	middle := all[len(all)/2]
	var out []Finding
	for _, name := range slices.Sorted(maps.Keys(e.Clocks)) {
		off := (e.Clocks[name] - middle).Round(100 * time.Millisecond)
		if off.Abs() <= tolerated {
			continue
		}
		way := "ahead of"
		if off < 0 {
			way = "behind"
		}
		out = append(out, finding(schema.SeverityWarning, plan.CodeClock, name,
			fmt.Sprintf("the clock of %s is %s %s the others", name, off.Abs(), way),
			"Heartbeats, tokens and certificates are judged by the clock: a leader with a wrong one takes members for offline.",
			"let it follow a time server (chrony, systemd-timesyncd)"))
	}
	return out
}

func checkExpiry(e examination) []Finding {
	var out []Finding
	for _, what := range slices.Sorted(maps.Keys(e.Expiry)) {
		end := e.Expiry[what]
		severity, text := schema.SeverityWarning, "ends on "
		switch left := end.Sub(e.Now); {
		case left > soon:
			continue
		case left <= 0:
			severity, text = schema.SeverityError, "has ended on "
		}
		out = append(out, finding(severity, plan.CodeExpiry, "", what+" "+text+end.UTC().Format(time.DateOnly),
			"Clients and members refuse each other once it has ended.",
			e.product().Client()+" cluster update-certificate for the cluster's; a client's is made anew and added to the trust store"))
	}
	return out
}
