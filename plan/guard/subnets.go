package guard

import (
	"fmt"
	"net"
	"net/netip"
	"slices"

	"clusterctl/plan"
	"clusterctl/schema"
)

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
		diag.Summary = fmt.Sprintf("cannot give %s the subnet %s: %s has its address %s in it", bridge.Ref, subnet.Masked(),
			member, names[i])
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
