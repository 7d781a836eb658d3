package preseed

import (
	"cmp"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"clusterctl/schema"
)

// checkAddress reports a missing or unusable cluster address.
func (j *judge) checkAddress(m schema.Member) bool {
	ref := memberRef(m.Name)
	if m.Address == "" {
		if m.Name == j.p.Bootstrap && j.wildcardCore(m) {
			return false
		}
		if draft := j.memberNamed(m.Name, m.Pos); draft.join != nil {
			return false // said already
		}
		hint := "add address: HOST:8443"
		if !j.memberNamed(m.Name, m.Pos).listed {
			hint = "add core.https_address: HOST:8443 to config: of the bootstrap document"
		}
		j.wrong(ref, m.Name, "", schema.Mistake(schema.CodeRequired, "cannot use member "+m.Name+" without an address",
			"The other members must know where to reach it.", hint))
		return false
	}
	fault := addressFault(m.Address, false)
	if fault == "" {
		return true
	}
	if j.report.hasError(j.p.Source.At(ref, "attrs.address")) {
		return false // it is said of the key that the address was taken from
	}
	hint := cmp.Or(placeholderHint(m.Address), rightAddress(m.Address, false),
		"write HOST:PORT, for example 10.0.0.1:8443")
	j.wrong(ref, m.Name, "attrs.address", schema.Mistake(schema.CodeAddress,
		"cannot use "+quote(m.Address)+" as the cluster address of "+m.Name, fault, hint))
	return false
}

// wildcardCore reports a bootstrap member whose only address is a wildcard.
func (j *judge) wildcardCore(m schema.Member) bool {
	server := schema.Ref{Kind: schema.KindServer, Name: schema.ServerName}
	o, _ := j.p.Want.Get(server)
	value, said := o.Members[m.Name].Config["core.https_address"]
	if !said || value == "" {
		return false
	}
	j.wrong(server, m.Name, "members."+m.Name+".core.https_address", schema.Mistake(schema.CodeAddress,
		"cannot bootstrap with the wildcard "+quote(value)+" as the only address",
		"Cannot use wildcard core.https_address for cluster.https_address: the other members must reach this one there.",
		"add cluster.https_address: HOST:8443 beside it, or address: to the entry under members:"))
	return true
}

func isIP(address string) bool {
	_, err := netip.ParseAddrPort(address)
	return err == nil
}

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

// addressFault says what is wrong with host:port; empty if nothing is. A listening address may be a wildcard and may
// leave the port out (lxd 5.0.2, shared/validate/validate.go IsListenAddress); a cluster address is no wildcard, and
// got its port before (see [schema.AddressForm]).
func addressFault(address string, listening bool) string {
	switch {
	case schemeForm.MatchString(address):
		return schemeForm.FindString(address) + " is no part of an address."
	case maskForm.MatchString(address):
		return "A mask such as /24 is no part of the address of a server."
	case strings.Contains(address, "/"):
		return "A path is no part of an address."
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		host, port = strings.Trim(address, "[]"), schema.DefaultPort
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

var (
	schemeForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)
	maskForm   = regexp.MustCompile(`/[0-9]{1,3}(\]|:|$)`)
)

// rightAddress says which address is meant by a URL, or by one with a mask or a path; empty where that is no address
// either. The port of a URL is that of the servers for https:// alone.
func rightAddress(text string, listening bool) string {
	scheme := schemeForm.FindString(text)
	rest := strings.TrimSpace(text[len(scheme):])
	if scheme == "" {
		rest = maskForm.ReplaceAllString(rest, "$1")
	}
	rest, _, _ = strings.Cut(rest, "/")
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	host, _, err := net.SplitHostPort(rest)
	if err == nil && scheme != "" && !strings.EqualFold(scheme, "https://") {
		rest = host
	}
	if err == nil || !listening { // else the server has a port for the key
		rest = schema.AddressForm(rest)
	}
	if rest == text || addressFault(rest, listening) != "" {
		return ""
	}
	return "write " + rest
}

// placeholderHint says that a value looks like one that a shell or a template was to fill in.
func placeholderHint(value string) string {
	if found := placeholder.FindString(value); found != "" {
		return "the file still has a placeholder: fill it in first"
	}
	return ""
}
