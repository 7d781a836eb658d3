package schema

import (
	"net"
	"net/netip"
	"regexp"
	"strings"
)

// The forms below are those in which two spellings of a value mean the same: the daemon stores what it was given, or one
// of them.

// DefaultPort is what LXD and Incus add to an address without port (lxd 5.0.2, lxd/util/net.go CanonicalNetworkAddress).
const DefaultPort = "8443"

var hostWord = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// AddressForm is HOST:PORT of an address: with the port that daemons add, IPv6 in its short form. What is no address stays
// as it is.
func AddressForm(text string) string {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		host, port = strings.Trim(text, "[]"), DefaultPort
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return net.JoinHostPort(ip.Unmap().String(), port)
	}
	if !hostWord.MatchString(host) {
		return text
	}
	return net.JoinHostPort(strings.ToLower(host), port)
}

// ListForm is a comma separated list without blanks around its items, with IP addresses, networks and ranges of them in
// their short form (lxd 5.0.2, shared/api/network_acl.go and network_forward.go Normalise).
func ListForm(text string) string {
	items := strings.Split(text, ",")
	for i, item := range items {
		first, last, isRange := strings.Cut(strings.TrimSpace(item), "-")
		items[i] = ipForm(first)
		if isRange {
			items[i] += "-" + ipForm(last)
		}
	}
	return strings.Join(items, ",")
}

func ipForm(text string) string {
	host, size, network := strings.Cut(text, "/")
	ip, err := netip.ParseAddr(host)
	if err != nil || ip.Is4In6() {
		return text
	}
	if network {
		return ip.String() + "/" + size
	}
	return ip.String()
}
