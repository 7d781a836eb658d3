package guard

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
)

// listening is an address that a member's daemon is to listen on once the plan is done.
type listening struct {
	member, key, host string
	at                schema.Position
}

// guardAddresses refuses addresses that members cannot listen on, and host names that another member does not know, as
// far as the members' machines have told: the address must be the machine's own.
func guardAddresses(p Proposal) schema.Diagnostics {
	seen := map[string]schema.Addresses{}
	for name, host := range p.Live.Facts.Hosts {
		if host.Addresses != nil {
			seen[name] = *host.Addresses
		}
	}
	return judgeAddresses(listeners(p), clusterNames(p), seen)
}

// listeners returns what the plan makes members listen on. A wildcard needs no check.
func listeners(p Proposal) []listening {
	want := p.Want
	enters, moves := map[string]bool{}, map[string]bool{}
	for _, step := range p.Steps {
		if step.Op.Bootstrap != nil || step.Op.Join != nil {
			enters[step.Member] = true
		}
	}
	for _, c := range p.Changes {
		for _, f := range c.Fields {
			if c.Ref.Kind == schema.KindServer && f.Key == "core.https_address" && f.Member != "" {
				moves[f.Member] = true
			}
		}
	}
	config := p.Wanted(plan.ServerRef())
	var out []listening
	add := func(m schema.Member, key, address string, at schema.Position) {
		host, _, err := net.SplitHostPort(address)
		if ip, wrong := netip.ParseAddr(host); err == nil && host != "" && (wrong != nil || !ip.IsUnspecified()) {
			out = append(out, listening{member: m.Name, key: key, host: host, at: at})
		}
	}
	for _, m := range want.Members {
		if enters[m.Name] {
			add(m, "cluster.https_address", m.Address, want.Source.At(plan.MemberRef(m.Name), "attrs.address"))
		}
		if address := config.Members[m.Name].Config["core.https_address"]; address != m.Address &&
			(enters[m.Name] || moves[m.Name]) {
			add(m, "core.https_address", address, want.Source.At(plan.ServerRef(), "members."+m.Name+".core.https_address"))
		}
	}
	return out
}

// clusterNames returns the members that stay and whose cluster addresses have host names.
func clusterNames(p Proposal) []listening {
	var out []listening
	for _, m := range p.Want.Members {
		host, _, err := net.SplitHostPort(m.Address)
		if err == nil && host != "" && net.ParseIP(host) == nil && slices.Contains(p.Members, m.Name) {
			at := p.Want.Source.At(plan.MemberRef(m.Name), "attrs.address")
			out = append(out, listening{member: m.Name, key: "cluster.https_address", host: host, at: at})
		}
	}
	return out
}

// judgeAddresses says which listeners cannot be, and which names are not known where.
func judgeAddresses(wanted, named []listening, seen map[string]schema.Addresses) schema.Diagnostics {
	var out schema.Diagnostics
	for _, l := range wanted {
		if d, wrong := judgeListening(l, seen[l.member]); wrong {
			out = append(out, d)
		}
	}
	for _, l := range named {
		var strangers []string
		for member, a := range seen {
			if leads, asked := a.Names[l.host]; asked && len(leads) == 0 && member != l.member {
				strangers = append(strangers, member)
			}
		}
		if len(strangers) > 0 {
			slices.Sort(strangers)
			out = append(out, addressRefusal(l, fmt.Sprintf("cannot reach %s from %s: the name %q is not known there", l.member,
				strings.Join(strangers, ", "), l.host), "Every member must be able to reach every other one at its address."))
		}
	}
	return out
}

// judgeListening holds one listener against what its machine says.
func judgeListening(l listening, on schema.Addresses) (schema.Diagnostic, bool) {
	var leads []netip.Addr
	ip, err := netip.ParseAddr(l.host)
	isIP := err == nil
	if isIP {
		leads = []netip.Addr{ip.Unmap()}
	} else {
		var asked bool
		if leads, asked = on.Names[l.host]; !asked {
			return schema.Diagnostic{}, false
		}
	}
	cluster := l.key == "cluster.https_address"
	summary := fmt.Sprintf("cannot listen on %s as %s of %s: ", l.host, l.key, l.member)
	switch {
	case len(leads) == 0:
		return addressRefusal(l, summary+"the name is not known there", "The daemon looks it up on its own machine."), true
	case cluster && leads[0].IsLoopback():
		return addressRefusal(l, summary+"it leads to "+leads[0].String()+" there",
			"Other members cannot reach that. Often it is a line of /etc/hosts."), true
	case len(on.Own) == 0 || slices.ContainsFunc(leads,
		func(a netip.Addr) bool { return a.IsLoopback() || slices.Contains(on.Own, a.WithZone("")) }):
		return schema.Diagnostic{}, false
	}
	which := "it"
	if !isIP {
		which = "it leads to " + leads[0].String() + ", which"
	}
	d := addressRefusal(l, summary+which+" is no address of that machine", "The machine has "+ownList(on.Own)+".")
	if !cluster {
		d.Severity = schema.SeverityWarning // a virtual address may come later
		d.Hint = "correct it, unless the address comes to this machine later and net.ipv4.ip_nonlocal_bind lets the daemon listen on it before"
	}
	return d, true
}

func ownList(own []netip.Addr) string {
	var words []string
	for _, a := range own {
		if !a.IsLoopback() && !a.IsLinkLocalUnicast() {
			words = append(words, a.String())
		}
	}
	if len(words) == 0 {
		return "no address beside its loopback"
	}
	return strings.Join(words, ", ")
}

func addressRefusal(l listening, summary, detail string) schema.Diagnostic {
	return schema.Diagnostic{Severity: schema.SeverityRefusal, Code: schema.CodeAddress, Position: l.at,
		Ref: plan.MemberRef(l.member), Member: l.member, Summary: summary, Detail: detail,
		Hint: "correct the address, or make the name known in DNS or /etc/hosts of the members"}
}

// guardSubnets refuses a bridge in whose subnet a member has its address: every member gets the bridge, and from then
// on the others look for that member behind their own (measured: it cut the member off). The daemons do not look.
// Addresses that members have beside that are warned of: some may be taken into the bridge on purpose.
func guardSubnets(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	comes := map[string]bool{}
	for _, m := range p.Joiners {
		comes[m.Name] = true
	}
	for _, bridge := range p.ThenOf(schema.KindNetwork) {
		i := slices.IndexFunc(p.Changes, func(c plan.Change) bool { return c.Ref == bridge.Ref })
		for _, key := range []string{"ipv4.address", "ipv6.address"} {
			subnet, err := netip.ParsePrefix(bridge.Config[key])
			if err != nil || bridge.Attrs["type"] != "bridge" {
				continue
			}
			new := i >= 0 && (brings(p.Changes[i]) || slices.ContainsFunc(p.Changes[i].Fields,
				func(f plan.FieldChange) bool { return f.Key == key }))
			for _, member := range p.Members {
				if new || comes[member] {
					out = append(out, p.inSubnet(bridge, key, subnet, member)...)
				}
			}
		}
	}
	return out
}

// inSubnet says what a member has in the subnet of a bridge.
func (p Proposal) inSubnet(bridge schema.Object, key string, subnet netip.Prefix, member string) schema.Diagnostics {
	address := p.Member(member).Address
	if address == "" {
		address = p.Live.Facts.Members[member].Address
	}
	host, _, _ := net.SplitHostPort(address) // what is no address is a name
	var own, names []netip.Addr
	if on := p.Live.Facts.Hosts[member].Addresses; on != nil {
		own, names = on.Own, on.Names[host]
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		names = []netip.Addr{ip}
	}
	diag := plan.Refusal(plan.CodeSubnet, p.Want.Source.At(bridge.Ref, "config."+key), bridge.Ref, "")
	diag.Member = member
	diag.Hint = "give the bridge a subnet that nothing else uses"
	inside := func(a netip.Addr) bool { return subnet.Contains(a.Unmap()) }
	if i := slices.IndexFunc(names, inside); i >= 0 {
		diag.Summary = fmt.Sprintf("cannot give %s the subnet %s: %s has its address %s in it", bridge.Ref,
			subnet.Masked(), member, names[i])
		diag.Detail = "Every member gets the bridge, and would then look for " + member + " behind it."
		return schema.Diagnostics{diag}
	}
	i := slices.IndexFunc(own, func(a netip.Addr) bool { return inside(a) && a.Unmap() != subnet.Addr() })
	if i < 0 {
		return nil
	}
	diag.Severity = schema.SeverityWarning
	diag.Summary = fmt.Sprintf("%s gets the subnet %s, in which %s has its address %s", bridge.Ref, subnet.Masked(),
		member,
		own[i])
	diag.Detail = "From then on " + member + " looks for that network behind the bridge."
	return schema.Diagnostics{diag}
}
