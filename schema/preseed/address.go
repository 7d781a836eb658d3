package preseed

import (
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

var (
	hostForm    = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?$`)
	dottedQuad  = regexp.MustCompile(`^[0-9.]+$`)
	placeholder = regexp.MustCompile("\\$\\{?[A-Za-z_(]|<[^>]+>|\\{\\{?[^}]*\\}|`")
)

// isWildcard reports an address that means every interface: ":8443", "[::]:8443", "0.0.0.0:8443".
func isWildcard(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	return host == "" || host == "::" || host == "0.0.0.0"
}

// addressFault says what is wrong with host:port; empty if nothing is. A listening address may be a wildcard
// and may leave the port out (lxd 5.0.2, shared/validate/validate.go IsListenAddress); a cluster address may
// do neither.
func addressFault(address string, listening bool) string {
	host, port, err := net.SplitHostPort(address)
	switch {
	case err != nil && !listening:
		return "A port is required as part of the address."
	case err != nil:
		host, port = strings.Trim(address, "[]"), "8443"
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return "The port must be a number from 1 to 65535."
	}
	if isWildcard(address) {
		if listening {
			return ""
		}
		return "Wildcard addresses aren't allowed: the other members must reach this one there."
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return ""
	}
	if !hostForm.MatchString(host) || len(host) > 253 || dottedQuad.MatchString(host) {
		return "The host is neither an IP address nor a name that could be in DNS."
	}
	return ""
}

// sameAddress is the form in which two spellings of an address are equal.
func sameAddress(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.Unmap().String()
	}
	return net.JoinHostPort(strings.ToLower(host), port)
}

// placeholderHint says that a value looks like one that a shell or a template was to fill in.
func placeholderHint(value string) string {
	if found := placeholder.FindString(value); found != "" {
		return "the file still has a placeholder: fill it in first"
	}
	return ""
}
