package kinds

import (
	"strings"

	"clusterctl/schema"
)

// incusNetworkKeys are the keys that LXD 5.0.2 has not, or has with other values or for other types, as Incus has them
// (incus 6.0.4, internal/server/network/driver_*.go Validate; member-specific: internal/server/db/networks.go).
func incusNetworkKeys() []schema.KeyRule {
	ovn, both, never := []string{"ovn"}, []string{"bridge", "ovn"}, since("-")
	action := oneOf("allow", "allow-stateless", "drop", "reject")
	return []schema.KeyRule{
		{Key: "bridge.external_interfaces", Where: schema.OnMember, For: both, Servers: never, Check: listOf(externalInterface), Help: "Interfaces of the member to put into the bridge, comma separated; NAME/PARENT/VLAN makes one."},
		{Key: "dns.domain", For: both, Default: "incus", Servers: never, Help: "Domain of the instances."},
		{Key: "dns.nameservers", For: []string{"bridge", "ovn", "physical"}, Servers: never, Check: listOf(address(0)), Help: "DNS servers that are handed out, or those of the uplink."},
		{Key: "ipv4.dhcp.routes", For: both, Servers: never, Help: "Static routes that DHCP hands out: SUBNET,GATEWAY,..."},
		{Key: "ipv4.dhcp.expiry", For: ovn, Servers: never, Help: "Lease time."},
		{Key: "ipv4.dhcp.ranges", For: ovn, Servers: never, Check: listOf(addressRange(4)), Help: "Ranges that DHCP hands out, FIRST-LAST, comma separated."},
		{Key: "ipv4.l3only", Type: schema.Bool, For: ovn, Servers: never, Help: "No layer 2 between instances, for IPv4."},
		{Key: "ipv6.l3only", Type: schema.Bool, For: ovn, Servers: never, Help: "No layer 2 between instances, for IPv6."},
		{Key: "security.acls.default.ingress.action", For: both, Default: "reject", Servers: never, Check: action, Help: "What happens to other incoming traffic."},
		{Key: "security.acls.default.egress.action", For: both, Default: "reject", Servers: never, Check: action, Help: "What happens to other outgoing traffic."},
	}
}

// externalInterface is an interface, or one to be made with its parent and VLAN (validateExternalInterfaces).
func externalInterface(value string) string {
	parts := strings.Split(value, "/")
	if len(parts) != 1 && len(parts) != 3 {
		return "An external interface is NAME or NAME/PARENT/VLAN"
	}
	for _, name := range parts[:min(len(parts), 2)] {
		if wrong := interfaceName(name); wrong != "" {
			return wrong
		}
	}
	if len(parts) == 3 {
		return vlan(parts[2])
	}
	return ""
}
