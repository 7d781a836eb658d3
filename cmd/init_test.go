package cmd

import (
	"net/netip"
	"testing"
)

func TestFreeSubnetIsNobodys(t *testing.T) {
	t.Parallel()
	d := initDraft{Members: []initMember{{Name: "a", Address: "10.10.10.7:8443"}, {Name: "b",
		Address: "b.example.net:8443"}},
		routes: []netip.Prefix{netip.MustParsePrefix("10.11.0.0/16"), netip.MustParsePrefix("10.12.10.128/25"),
			netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("fd00::/8")}}
	if got, want := d.freeSubnet(), "10.13.10.1/24"; got != want {
		t.Errorf("the subnet %q, want %q", got, want)
	}
	d.routes = append(d.routes, netip.MustParsePrefix("10.0.0.0/8"))
	if got := d.freeSubnet(); got != "" {
		t.Errorf("%q is free where all is taken", got)
	}
}
