package drivers

import (
	"net/netip"
	"slices"
	"strings"

	"clusterctl/schema"
)

// addressesScript prints the machine's addresses as iproute2 does, and for each name "name NAME", what getent knows,
// and its exit status.
func addressesScript(names []string) string {
	script := "ip -o addr show"
	for _, name := range names {
		word := QuoteShell(name)
		script += "; echo name " + word + "; getent ahosts " + word + "; echo status $?"
	}
	return script
}

// ParseAddresses reads what TaskAddresses prints.
func ParseAddresses(text string) schema.Addresses {
	out := schema.Addresses{Names: map[string][]netip.Addr{}}
	name := ""
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch {
		case len(words) == 2 && words[0] == "name":
			name = words[1]
			out.Names[name] = nil
		case len(words) == 2 && words[0] == "status":
			if words[1] == "127" { // no getent there
				delete(out.Names, name)
			}
		case name == "" && len(words) > 3 && (words[2] == "inet" || words[2] == "inet6"):
			if prefix, err := netip.ParsePrefix(words[3]); err == nil {
				out.Own = append(out.Own, prefix.Addr())
			}
		case name != "" && len(words) > 1:
			if a, err := netip.ParseAddr(words[0]); err == nil && !slices.Contains(out.Names[name], a.Unmap()) {
				out.Names[name] = append(out.Names[name], a.Unmap())
			}
		}
	}
	return out
}
