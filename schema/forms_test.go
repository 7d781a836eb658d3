package schema_test

import (
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"clusterctl/schema"
)

// TestForms spells addresses and lists of them in many ways: all have one form, which is its own.
func TestForms(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"10.0.0.1": "10.0.0.1:8443", "Node1": "node1:8443", "[FD42::1]:8444": "[fd42::1]:8444", "fd42:0::1": "[fd42::1]:8443",
		":8443": ":8443", "${IP}": "${IP}", "a b": "a b", "[::]": "[::]:8443",
	} {
		if got := schema.AddressForm(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"80, 443": "80,443", "8080-8090": "8080-8090", "none": "none", "": "", "FD42::1/64": "fd42::1/64",
		"10.0.0.1 , FD42:0::2-FD42:0::9": "10.0.0.1,fd42::2-fd42::9", "web, @internal": "web,@internal",
	} {
		if got := schema.ListForm(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		ip := netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "ip")))
		if ip.Is4In6() {
			return
		}
		spelled := rapid.SampledFrom([]string{ip.String(), ip.StringExpanded(), strings.ToUpper(ip.StringExpanded())}).Draw(t, "spelled")
		if got := schema.ListForm(" " + spelled + ",x"); got != ip.String()+",x" || got != schema.ListForm(got) {
			t.Fatalf("got %q of %q", got, spelled)
		}
		if got := schema.AddressForm(spelled); got != "["+ip.String()+"]:8443" || got != schema.AddressForm(got) {
			t.Fatalf("got %q of %q", got, spelled)
		}
	})
}
