package kinds

import (
	"slices"

	"clusterctl/schema"
)

type networkEntry struct {
	Name        string            `yaml:"name" validate:"required,excludesall=/?&+:"`
	Project     string            `yaml:"project"`
	Type        string            `yaml:"type" validate:"omitempty,oneof=bridge macvlan sriov ovn physical"`
	Description string            `yaml:"description"`
	State       string            `yaml:"state" validate:"omitempty,oneof=present absent"`
	Config      map[string]string `yaml:"config"`
}

// network describes managed networks.
func network() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name:      schema.KindNetwork,
			Title:     "network",
			Plural:    "networks",
			Scope:     schema.ScopeProject,
			Feature:   "features.networks",
			Lifecycle: schema.Pending,
			Home:      schema.HomeMember,
			AtJoin:    schema.LossRefused,
			Path:      "/1.0/networks",
			Attrs:     []schema.Attr{{Name: "type", Immutable: true, Default: "bridge"}, {Name: "description", Late: true}},
			Keys:      networkKeys(),
			Variant:   "type",
			Whole:     []string{"ovn"}, // lxd 5.0.2, lxd/networks.go networksPost; measured
			Tables: schema.Tables{
				Table:          "networks",
				Project:        true,
				Columns:        map[string]string{"type": "type", "description": "description"},
				Enums:          map[string][]string{"type": {"bridge", "macvlan", "sriov", "ovn", "physical"}},
				State:          true,
				Owner:          "network_id",
				Config:         "networks_config",
				ConfigByMember: true,
				Parts:          "networks_nodes",
			},
			Rank: 50,
			Help: "A network that LXD manages. Every member has a part of its own, with its own parent or external interfaces.",
			Example: "name: br0\ntype: bridge\nconfig:\n  ipv4.address: 10.10.10.1/24\n  ipv4.nat: \"true\"\n" +
				"  ipv6.address: none\n",
		},
		New:    func() any { return &networkEntry{} },
		Object: networkObject,
		Refs:   networkRefs,
		Check:  checkNetwork,
	}
}

// networkObject fills in the type as lxd 5.0.2 does (lxd/networks.go networksPost): ovn in a project with
// networks of its own, bridge in the default one.
func networkObject(entry any) schema.Object {
	e := entry.(*networkEntry)
	ref := schema.Ref{Kind: schema.KindNetwork, Project: inProject(e.Project), Name: e.Name}
	kind := e.Type
	switch {
	case kind != "":
	case ref.Project == schema.DefaultProject:
		kind = "bridge"
	default:
		kind = "ovn"
	}
	o := object(ref, e.State, map[string]string{"type": kind, "description": e.Description}, e.Config)
	o.Refs = networkRefs(o)
	return o
}

// networkRefs names the project, the ACLs, the zones and the uplink of an OVN network, which is always in the default project.
func networkRefs(o schema.Object) []schema.Ref {
	refs := []schema.Ref{{Kind: schema.KindProject, Name: o.Ref.Project}}
	if uplink := o.Config["network"]; o.Attrs["type"] == "ovn" && uplink != "" && uplink != "none" {
		refs = append(refs, schema.Ref{Kind: schema.KindNetwork, Project: schema.DefaultProject, Name: uplink})
	}
	refs = append(refs, named("network_acl", o, o.Config["security.acls"])...)
	for _, key := range []string{"dns.zone.forward", "dns.zone.reverse.ipv4", "dns.zone.reverse.ipv6"} {
		refs = append(refs, named("network_zone", o, o.Config[key])...)
	}
	slices.SortFunc(refs, schema.Ref.Compare)
	return slices.Compact(refs)
}

func networkKeys() []schema.KeyRule {
	bridge, ovn, physical := []string{"bridge"}, []string{"ovn"}, []string{"physical"}
	both, parents := []string{"bridge", "ovn"}, []string{"macvlan", "sriov", "physical"}
	uplinks, vlans := []string{"bridge", "physical"}, []string{"macvlan", "physical"}
	action := oneOf("allow", "drop", "reject")
	keys := append(incusNetworkKeys(), []schema.KeyRule{
		// Member-specific: lxd 5.0.2, lxd/db/networks.go NodeSpecificNetworkConfig.
		{Key: "bridge.external_interfaces", Where: schema.OnMember, For: bridge, Servers: onlyLXD(), Check: listOf(interfaceName), Help: "Interfaces of the member to put into the bridge, comma separated."},
		{Key: "parent", Where: schema.OnMember, For: parents, Check: interfaceName, Help: "Interface of the member to build on."},
		// LXD 5.0.2 lists the next hops but takes them for malformed names of peers and refuses them (measured).
		{Key: "bgp.ipv4.nexthop", Where: schema.OnMember, For: bridge, Servers: since("5.17"), Check: address(4), Help: "Next hop to announce for IPv4."},
		{Key: "bgp.ipv6.nexthop", Where: schema.OnMember, For: bridge, Servers: since("5.17"), Check: address(6), Help: "Next hop to announce for IPv6."},

		{Key: "bridge.driver", For: bridge, Default: "native", Check: oneOf("native", "openvswitch"), Help: "Which kind of bridge."},
		{Key: "bridge.hwaddr", For: both, Check: mac, Help: "MAC address of the bridge."},
		{Key: "bridge.mtu", For: both, Check: mtu, Help: "MTU of the bridge."},
		{Key: "bridge.mode", Servers: onlyLXD(), For: bridge, Default: "standard", Check: oneOf("standard", "fan"), Help: "standard or fan."},
		{Key: "fan.overlay_subnet", Servers: onlyLXD(), For: bridge, Default: "240.0.0.0/8", Check: subnet(4), Help: "Overlay of the fan."},
		{Key: "fan.underlay_subnet", Servers: onlyLXD(), Computed: true, For: bridge, Check: fanUnderlay, Help: "Underlay of the fan, or auto."},
		{Key: "fan.type", Servers: onlyLXD(), For: bridge, Default: "vxlan", Check: oneOf("vxlan", "ipip"), Help: "Tunnel of the fan."},
		{Key: "ipv4.firewall", Type: schema.Bool, For: bridge, Default: "true", Help: "Firewall rules for IPv4."},
		{Key: "ipv4.nat.order", For: bridge, Default: "before", Check: oneOf("before", "after"), Help: "Where the NAT rules go."},
		{Key: "ipv4.dhcp.gateway", For: bridge, Check: address(4), Help: "Gateway that DHCP hands out."},
		{Key: "ipv4.dhcp.expiry", For: bridge, Default: "1h", Help: "Lease time."},
		{Key: "ipv4.dhcp.ranges", For: bridge, Check: listOf(addressRange(4)), Help: "Ranges that DHCP hands out, FIRST-LAST, comma separated."},
		{Key: "ipv4.routing", Type: schema.Bool, For: bridge, Default: "true", Help: "Route IPv4."},
		{Key: "ipv6.firewall", Type: schema.Bool, For: bridge, Default: "true", Help: "Firewall rules for IPv6."},
		{Key: "ipv6.nat.order", For: bridge, Default: "before", Check: oneOf("before", "after"), Help: "Where the NAT rules go."},
		{Key: "ipv6.dhcp.expiry", For: bridge, Default: "1h", Help: "Lease time."},
		{Key: "ipv6.dhcp.ranges", For: bridge, Check: listOf(addressRange(6)), Help: "Ranges that DHCPv6 hands out."},
		{Key: "ipv6.routing", Type: schema.Bool, For: bridge, Default: "true", Help: "Route IPv6."},
		{Key: "ipv6.dhcp.stateful", Type: schema.Bool, For: both, Default: "false", Help: "Hand out IPv6 addresses by DHCP."},
		{Key: "dns.mode", For: bridge, Default: "managed", Check: oneOf("dynamic", "managed", "none"), Help: "How names get into DNS."},
		{Key: "raw.dnsmasq", For: bridge, Help: "More lines for dnsmasq."},
		{Key: "tunnel.*.protocol", For: bridge, Check: oneOf("gre", "vxlan"), Help: "Protocol of a tunnel."},
		{Key: "tunnel.*.local", For: bridge, Check: address(0), Help: "Local address of a tunnel."},
		{Key: "tunnel.*.remote", For: bridge, Check: address(0), Help: "Remote address of a tunnel."},
		{Key: "tunnel.*.port", For: bridge, Check: between(1, 65535), Help: "Port of a tunnel."},
		{Key: "tunnel.*.group", For: bridge, Check: address(0), Help: "Multicast group of a tunnel."},
		{Key: "tunnel.*.id", Type: schema.Int, For: bridge, Help: "ID of a tunnel."},
		{Key: "tunnel.*.interface", For: bridge, Check: interfaceName, Help: "Interface of a tunnel."},
		{Key: "tunnel.*.ttl", For: bridge, Check: between(0, 255), Help: "TTL of a tunnel."},

		{Key: "network", Computed: true, For: ovn, Help: "The uplink network."},
		{Key: "mtu", For: parents, Check: mtu, Help: "MTU of the interface."},
		{Key: "vlan", For: parents, Check: vlan, Help: "VLAN of the interface."},
		{Key: "gvrp", Type: schema.Bool, For: vlans, Default: "false", Help: "Announce the VLAN by GVRP."},
		{Key: "dns.nameservers", For: physical, Servers: onlyLXD(), Check: listOf(address(0)), Help: "DNS servers of the uplink."},
		{Key: "ovn.ingress_mode", For: physical, Default: "l2proxy", Check: oneOf("l2proxy", "routed"), Help: "How outside traffic finds OVN addresses."},
		{Key: "bgp.peers.*.address", For: uplinks, Check: address(0), Help: "Address of a BGP peer."},
		{Key: "bgp.peers.*.asn", For: uplinks, Check: between(1, 4294967294), Help: "AS number of a BGP peer."},
		{Key: "bgp.peers.*.password", Secret: true, For: uplinks, Help: "Password of a BGP peer."},
		{Key: "bgp.peers.*.holdtime", Servers: since("5.1"), Check: between(9, 65535), For: uplinks, Help: "Hold time of a BGP peer, seconds."},
		{Key: "dns.domain", For: both, Default: "lxd", Servers: onlyLXD(), Help: "Domain of the instances."},
		{Key: "dns.search", For: both, Help: "Search domains."},
		{Key: "dns.zone.forward", For: both, Help: "Zone for names."},
		{Key: "dns.zone.reverse.ipv4", For: both, Help: "Zone for IPv4 addresses."},
		{Key: "dns.zone.reverse.ipv6", For: both, Help: "Zone for IPv6 addresses."},
		{Key: "security.acls", For: both, Help: "ACLs of the network, comma separated."},
		{Key: "security.acls.default.ingress.action", Servers: onlyLXD(), For: both, Default: "reject", Check: action, Help: "What happens to other incoming traffic."},
		{Key: "security.acls.default.egress.action", Servers: onlyLXD(), For: both, Default: "reject", Check: action, Help: "What happens to other outgoing traffic."},
		{Key: "security.acls.default.ingress.logged", Type: schema.Bool, For: both, Help: "Log other incoming traffic."},
		{Key: "security.acls.default.egress.logged", Type: schema.Bool, For: both, Help: "Log other outgoing traffic."},
		{Key: "maas.subnet.ipv4", Servers: onlyLXD(), For: []string{"bridge", "macvlan", "sriov", "physical"}, Help: "Subnet in MAAS."},
		{Key: "maas.subnet.ipv6", Servers: onlyLXD(), For: []string{"bridge", "macvlan", "sriov", "physical"}, Help: "Subnet in MAAS."},
		{Key: "user.*", Help: "Free for notes."},
	}...)
	return append(keys, append(familyKeys("ipv4", 4), familyKeys("ipv6", 6)...)...)
}

// familyKeys are the keys that exist for both families of IP addresses.
func familyKeys(prefix string, family int) []schema.KeyRule {
	physical, both, uplinks := []string{"physical"}, []string{"bridge", "ovn"}, []string{"bridge", "physical"}
	return []schema.KeyRule{
		{Key: prefix + ".address", Computed: true, For: both, Check: bridgeAddress(family), Help: "Address of the network's own side, none, or auto."},
		{Key: prefix + ".nat", Type: schema.Bool, Computed: true, For: both, Help: "Translate addresses of outgoing traffic."},
		{Key: prefix + ".nat.address", For: both, Check: address(family), Help: "Address that outgoing traffic gets."},
		{Key: prefix + ".dhcp", Type: schema.Bool, For: both, Default: "true", Help: "Hand out addresses."},
		{Key: prefix + ".routes", For: uplinks, Check: listOf(subnet(family)), Help: "More subnets behind the network, comma separated."},
		{Key: prefix + ".ovn.ranges", For: uplinks, Check: listOf(addressRange(family)), Help: "Addresses for OVN networks, FIRST-LAST, comma separated."},
		{Key: prefix + ".gateway", For: physical, Check: addressIn(family), Help: "Gateway with the size of its subnet."},
		{Key: prefix + ".routes.anycast", Type: schema.Bool, For: physical, Default: "false", Help: "Allow the same route in several networks."},
	}
}

func fanUnderlay(value string) string {
	if value == "auto" {
		return ""
	}
	return subnet(4)(value)
}
