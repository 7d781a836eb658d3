package guard

import (
	"net/netip"
	"strings"
	"testing"

	"clusterctl/schema"
)

// TestAddressesAreTheMachinesOwn holds what members are to listen on against what their machines say.
func TestAddressesAreTheMachinesOwn(t *testing.T) {
	t.Parallel()
	addr := netip.MustParseAddr
	own := []netip.Addr{addr("127.0.0.1"), addr("10.0.0.1"), addr("fe80::1"), addr("fd42::1")}
	names := map[string][]netip.Addr{"m1": {addr("10.0.0.1")}, "debian": {addr("127.0.1.1")},
		"other": {addr("10.0.0.9")}, "nobody": nil}
	const cluster, core = "cluster.https_address", "core.https_address"
	for _, test := range []struct{ key, host, want string }{
		{cluster, "10.0.0.1", ""},
		{cluster, "fd42::1", ""},
		{cluster, "m1", ""},
		{cluster, "unasked", ""},
		{cluster, "10.0.0.9", "refusal: it is no address of that machine"},
		{cluster, "other", "refusal: it leads to 10.0.0.9, which is no address of that machine"},
		{cluster, "debian", "refusal: it leads to 127.0.1.1 there"},
		{cluster, "nobody", "refusal: the name is not known there"},
		{core, "127.0.0.1", ""},
		{core, "debian", ""},
		{core, "10.0.0.9", "warning: it is no address of that machine"},
		{core, "nobody", "refusal: the name is not known there"},
	} {
		got := ""
		if d, wrong := judgeListening(listening{member: "m1", key: test.key, host: test.host},
			schema.Addresses{Own: own, Names: names}); wrong {
			got = string(d.Severity) + ": " + strings.TrimPrefix(d.Summary,
				"cannot listen on "+test.host+" as "+test.key+" of m1: ")
		}
		if got != test.want {
			t.Errorf("%s %s: got %q, want %q", test.key, test.host, got, test.want)
		}
	}
	if d, wrong := judgeListening(listening{key: cluster, host: "10.0.0.9"}, schema.Addresses{}); wrong {
		t.Errorf("a machine that could not tell has a finding: %s", d.Summary)
	}
}

// TestNamesOfMembersAreKnownOnAllOthers names who does not know a member.
func TestNamesOfMembersAreKnownOnAllOthers(t *testing.T) {
	t.Parallel()
	known := schema.Addresses{Names: map[string][]netip.Addr{"m1.lan": {netip.MustParseAddr("10.0.0.1")}}}
	stranger := schema.Addresses{Names: map[string][]netip.Addr{"m1.lan": nil}}
	named := []listening{{member: "m1", host: "m1.lan"}}
	got := judgeAddresses(nil, named, map[string]schema.Addresses{"m1": known, "m2": stranger, "m3": known,
		"m4": stranger, "m5": {}})
	if want := `cannot reach m1 from m2, m4: the name "m1.lan" is not known there`; len(got) != 1 || got[0].Summary != want {
		t.Errorf("got %v, want %q", got, want)
	}
}
