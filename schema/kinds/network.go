package kinds

import (
	"cmp"
	"slices"
	"strings"

	"clusterctl/schema"
)

// completeNetwork fills in the type as lxd 5.0.2 does (lxd/networks.go networksPost): ovn in a project with networks of
// its own, bridge in the default one.
func completeNetwork(said map[string]string) {
	kind := "ovn"
	if said["project"] == schema.DefaultProject {
		kind = "bridge"
	}
	said["type"] = cmp.Or(said["type"], kind)
}

// networkNames names the ACLs, the zones and the uplink of an OVN network, which is always in the default project.
func networkNames(o schema.Object) []schema.Reference {
	var refs []schema.Reference
	if uplink := o.Config["network"]; o.Attrs["type"] == "ovn" && uplink != "" && uplink != "none" {
		ref := schema.Ref{Kind: schema.KindNetwork, Project: schema.DefaultProject, Name: uplink}
		refs = append(refs, schema.Reference{Field: "config.network", Ref: ref})
	}
	refs = append(refs, named("config.security.acls", "network_acl", o, o.Config["security.acls"])...)
	for _, key := range []string{"dns.zone.forward", "dns.zone.reverse.ipv4", "dns.zone.reverse.ipv6"} {
		refs = append(refs, named("config."+key, "network_zone", o, o.Config[key])...)
	}
	return refs
}

// checkNetwork finds what is wrong with a network as a whole (lxd 5.0.2, lxd/network/driver_bridge.go
// Validate) and what would make a later join fail.
func checkNetwork(o schema.Object, want schema.Cluster, _ schema.Product) []schema.Problem {
	switch o.Attrs["type"] {
	case "bridge":
		return checkBridge(o)
	case "macvlan", "sriov", "physical":
		return checkParent(o, want)
	}
	return nil
}

// checkParent wants a parent on every member: the daemon refuses the network without (lxd 5.0.2,
// lxd/network/driver_physical.go Validate and its neighbours).
func checkParent(o schema.Object, want schema.Cluster) []schema.Problem {
	problem := func(where string) schema.Problem {
		return schema.Wrong(schema.CodeRequired, "", "cannot make network "+o.Ref.Name+where+" without parent",
			"A network of type "+o.Attrs["type"]+" is built on an interface of each member.",
			"add member_config: {network: {"+
				o.Ref.Name+": {parent: INTERFACE}}} to the member, or to members_defaults:")
	}
	members := want.OfKind(schema.KindMember)
	if len(members) == 0 && o.Config["parent"] == "" {
		return []schema.Problem{problem("")}
	}
	var out []schema.Problem
	for _, m := range members {
		gone := m.State == schema.StateAbsent || m.State == schema.StateLost
		if !gone && o.Members[m.Ref.Name].Config["parent"] == "" {
			out = append(out, problem(" on "+m.Ref.Name))
		}
	}
	return out
}

func checkBridge(o schema.Object) []schema.Problem {
	out := append(checkFan(o), checkRanges(o)...)
	if wrong := interfaceName(o.Ref.Name); wrong != "" {
		out = append(out, schema.Wrong(schema.CodeName, "", "cannot name a bridge "+o.Ref.Name, wrong+".",
			"the name becomes an interface of each member: use 2 to 15 letters, digits, - _ or ."))
	}
	return out
}

func checkFan(o schema.Object) []schema.Problem {
	fan := o.Config["bridge.mode"] == "fan"
	var out []schema.Problem
	add := func(field, summary, detail, hint string) {
		out = append(out, schema.Wrong(schema.CodeValue, field, summary, detail, hint))
	}
	if fan && len(o.Ref.Name) > 11 {
		add("", "cannot use the fan with the network name "+o.Ref.Name,
			"Network name too long to use with the FAN (must be 11 characters or less).", "use a shorter name")
	}
	allowed := []string{"ipv4.dhcp.expiry", "ipv4.firewall", "ipv4.nat", "ipv4.nat.order"}
	for key, value := range o.Config {
		switch {
		case value == "":
		case fan && strings.HasPrefix(key, "ipv4.") && !slices.Contains(allowed, key):
			add("config."+key, "cannot set "+key+" on a fan bridge",
				"IPv4 configuration may not be set when in 'fan' mode.",
				"remove "+key)
		case fan && strings.HasPrefix(key, "ipv6."):
			add("config."+key, "cannot set "+key+" on a fan bridge",
				"IPv6 configuration may not be set when in 'fan' mode.",
				"remove "+key)
		case !fan && strings.HasPrefix(key, "fan."):
			add("config."+key, "cannot set "+key+" on a bridge that is no fan",
				"FAN configuration may only be set when in 'fan' mode.", "set bridge.mode: fan, or remove "+key)
		}
	}
	return out
}

// checkRanges wants the DHCP server to leave the addresses alone that OVN networks get.
func checkRanges(o schema.Object) []schema.Problem {
	address, dhcp := o.Config["ipv4.address"], o.Config["ipv4.dhcp"]
	serves := address != "" && address != "none" && (dhcp == "" || schema.IsTrue(dhcp))
	if o.Config["ipv4.ovn.ranges"] == "" || o.Config["ipv4.dhcp.ranges"] != "" || !serves {
		return nil
	}
	return []schema.Problem{schema.Wrong(schema.CodeValue, "config.ipv4.ovn.ranges",
		"cannot set ipv4.ovn.ranges of network "+o.Ref.Name+" without ipv4.dhcp.ranges",
		"\"ipv4.ovn.ranges\" must be used in conjunction with non-overlapping \"ipv4.dhcp.ranges\" when DHCPv4 is "+
			"enabled.",
		"set ipv4.dhcp.ranges to other addresses of the same subnet")}
}
