package kinds

import (
	"fmt"
	"net/netip"
	"strings"
)

// masked adds the mask to an address that lacks it.
func masked(value string) string {
	ip, err := netip.ParseAddr(value)
	switch {
	case err != nil:
		return ""
	case ip.Is4():
		return "add the mask: " + value + "/24"
	}
	return "add the mask: " + value + "/64"
}

func address(family int) func(string) string {
	return func(value string) string {
		ip, err := netip.ParseAddr(value)
		switch {
		case err != nil:
			return fmt.Sprintf("Not an IP address %q", value)
		case wrongFamily(ip, family):
			return fmt.Sprintf("Not an IPv%d address %q", family, value)
		}
		return ""
	}
}

// subnet wants the address of a network, such as 10.0.0.0/24.
func subnet(family int) func(string) string {
	return prefixed(family, "Not an IPv%d network %q", "Not an IPv%d network address %q",
		func(p netip.Prefix) bool { return p.Masked().Addr() == p.Addr() })
}

// addressIn wants an address within its network, such as 10.0.0.1/24.
func addressIn(family int) func(string) string {
	return prefixed(family, "Not an IPv%d address %q", "Not a usable IPv%d address %q",
		func(p netip.Prefix) bool { return p.Masked().Addr() != p.Addr() })
}

// prefixed wants an address with the bits of its network that is right; the texts are about the family and the rest.
func prefixed(family int, foreign, wrong string, right func(netip.Prefix) bool) func(string) string {
	return func(value string) string {
		prefix, err := netip.ParsePrefix(value)
		switch {
		case err != nil:
			return "invalid CIDR address: " + value
		case wrongFamily(prefix.Addr(), family):
			return fmt.Sprintf(foreign, family, value)
		case !right(prefix):
			return fmt.Sprintf(wrong, family, value)
		}
		return ""
	}
}

func addressRange(family int) func(string) string {
	return func(value string) string {
		first, last, ok := strings.Cut(value, "-")
		if !ok {
			return "IP range must contain start and end IP addresses"
		}
		if wrong := address(family)(first); wrong != "" {
			return wrong
		}
		return address(family)(last)
	}
}

// externalInterface is an interface, or one to be made with its parent and VLAN (incus 6.0.4, internal/server/network
// validateExternalInterfaces).
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

func wrongFamily(ip netip.Addr, family int) bool {
	return family == 4 && !ip.Unmap().Is4() || family == 6 && ip.Unmap().Is4()
}
