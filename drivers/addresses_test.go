package drivers_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/drivers"
	"clusterctl/schema"
)

func TestAddressesAreReadAsTheMachinePrintsThem(t *testing.T) {
	t.Parallel()
	const printed = `1: lo    inet 127.0.0.1/8 scope host lo\       valid_lft forever preferred_lft forever
2: eth0    inet 10.77.1.11/24 scope global eth0\       valid_lft forever preferred_lft forever
2: eth0    inet6 fe80::1/64 scope link \       valid_lft forever preferred_lft forever
default via 10.77.1.1 dev eth0 proto static 
10.77.1.0/24 dev eth0 proto kernel scope link src 10.77.1.11 
10.99.0.0/16 via 10.77.1.2 dev eth0 
fe80::/64 dev eth0 proto kernel metric 256 pref medium
name my.lxd.cluster
10.77.1.11      STREAM my.lxd.cluster
10.77.1.11      DGRAM  
10.77.1.12      STREAM 
status 0
name nobody
status 2
name lost
status 127
`
	want := schema.Addresses{
		Own: []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("10.77.1.11"),
			netip.MustParseAddr("fe80::1")},
		Routes: []netip.Prefix{netip.MustParsePrefix("10.77.1.0/24"), netip.MustParsePrefix("10.99.0.0/16"),
			netip.MustParsePrefix("fe80::/64")},
		Names: map[string][]netip.Addr{"nobody": nil,
			"my.lxd.cluster": {netip.MustParseAddr("10.77.1.11"), netip.MustParseAddr("10.77.1.12")}},
	}
	compare := cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
	prefixes := cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })
	if diff := cmp.Diff(want, drivers.ParseAddresses(printed), compare, prefixes); diff != "" {
		t.Errorf("addresses differ (-want +got):\n%s", diff)
	}
}
