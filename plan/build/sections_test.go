package build_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/plan"
)

const twoNetworks = `
members: [{name: node1, address: "10.0.0.1:8443"}]
networks:
- {name: br0, config: {ipv4.address: 10.9.0.1/24, ipv6.address: none, dns.mode: none}}
- {name: br1, config: {ipv4.address: 10.9.1.1/24, ipv6.address: none, dns.mode: none}}
`

const twoNetworksLive = `
flavour: FLAVOUR
clustered: true
leader: node1
members: {node1: {address: "10.0.0.1:8443", role: voter}}
hosts: {node1: {clustered: true}}
objects:
- {ref: network/default/br0, state: created, attrs: {type: bridge}, config: {ipv4.address: 10.9.0.1/24, ipv6.address: none}, members: {node1: {state: created}}}
- {ref: network/default/br1, state: created, attrs: {type: bridge}, config: {ipv4.address: 10.9.1.1/24, ipv6.address: none}, members: {node1: {state: created}}}
`

// TestIncusChangesNetworksOneByOne is about its race between the interfaces of two bridges.
func TestIncusChangesNetworksOneByOne(t *testing.T) {
	t.Parallel()
	for flavour, serial := range map[string]bool{"lxd 5.0.2": false, "incus 6.0.4": true} {
		p := planned(t, []byte(twoNetworks), []byte(strings.ReplaceAll(twoNetworksLive, "FLAVOUR", flavour)), plan.Options{})
		if len(p.Steps) != 2 || (len(p.Steps[0].Sections) == 1) != serial ||
			!slices.Equal(p.Steps[0].Sections, p.Steps[1].Sections) {
			t.Errorf("%s: got %+v, want two steps with serial=%t", flavour, p.Steps, serial)
		}
	}
}

// TestIncusIsNotCalledLXD has a plan with advice and a hint that names a command.
func TestIncusIsNotCalledLXD(t *testing.T) {
	t.Parallel()
	live := strings.ReplaceAll(twoNetworksLive, "FLAVOUR", "incus 6.0.4") + `
- {ref: instance/default/c1, state: created, attrs: {location: node1}}
`
	p := planned(t, []byte(strings.ReplaceAll(twoNetworks, "8443\"}",
		"8443\", state: absent}, {name: node2, address: \"10.0.0.2:8443\"}")), []byte(live), plan.Options{})
	for _, d := range p.Diagnostics {
		if text := d.Summary + d.Detail + d.Hint; strings.Contains(text, "LXD") || strings.Contains(text, "lxc ") {
			t.Errorf("it speaks of LXD: %+v", d)
		}
	}
	if len(p.Diagnostics) == 0 {
		t.Error("there is no diagnostic to look at")
	}
}

// TestSectionsKeepStepsApart is about what must not run side by side although nothing waits for the other.
func TestSectionsKeepStepsApart(t *testing.T) {
	t.Parallel()
	const wished = `
members: [{name: node1, address: "10.0.0.1:8443", member_config: {network: {br1: {bridge.external_interfaces: eth1}}}}]
networks:
- {name: br0, state: absent}
- {name: br1, config: {ipv4.address: 10.9.1.1/24, ipv6.address: none, dns.mode: none}}
storage_pools: [{name: s, driver: btrfs, description: new}]
profiles: [{name: web, state: absent}, {name: new}]
`
	const live = twoNetworksLive + `
- {ref: profile/default/web, state: created}
- {ref: storage_pool//s, state: created, attrs: {driver: btrfs}, members: {node1: {state: created, config: {}}}}
`
	for flavour, want := range map[string]map[plan.StepID][]plan.Section{
		"lxd 5.0.2": {"delete:network/br0": {"cluster", "network"}, "update:network/br1": nil,
			"update:network/br1@node1": {"cluster", "network"},
			"update:storage_pool/s":    nil, "delete:profile/web": {"cluster"}, "create:profile/new": nil},
		"incus 6.0.4": {"delete:network/br0": {"cluster", "network"}, "update:network/br1": {"network"},
			"update:network/br1@node1": {"cluster", "network"},
			"update:storage_pool/s":    nil, "delete:profile/web": {"cluster"}, "create:profile/new": nil},
	} {
		got := map[plan.StepID][]plan.Section{}
		for _, s := range planned(t, []byte(wished), []byte(strings.ReplaceAll(live, "FLAVOUR", flavour)),
			plan.Options{}).Steps {
			got[s.ID] = s.Sections
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", flavour, diff)
		}
	}
}

// TestPoolAndNetworkAreCreatedSideBySide is about the calls that create them on all members. In front of joins, when
// they finish what is half done, servers may be taken out of the cluster's Raft configuration at the same time.
func TestPoolAndNetworkAreCreatedSideBySide(t *testing.T) {
	t.Parallel()
	const members = `members: [{name: node1, address: "10.0.0.1:8443"}, {name: node2, address: "10.0.0.2:8443"}`
	const wished = `]
storage_pools: [{name: s, driver: dir}, {name: s2, driver: dir}]
networks: [{name: br0, config: {ipv4.address: 10.9.0.1/24, ipv6.address: none}}]
`
	const live = `
flavour: FLAVOUR
clustered: true
leader: node1
members: {node1: {address: "10.0.0.1:8443", role: voter}, node2: {address: "10.0.0.2:8443", role: stand-by}}
hosts: {node1: {clustered: true}, node2: {clustered: true}, node3: {}}
objects:
`
	const half = `- {ref: storage_pool//s, state: pending, attrs: {driver: dir}, members: {node1: {state: pending}}}
`
	for name, c := range map[string]struct {
		want, live string
		pool       []plan.Section
	}{
		"alone": {members + wished, live, []plan.Section{"storage_pool"}},
		"in front of a join": {members + `, {name: node3, address: "10.0.0.3:8443"}` + wished, live + half,
			[]plan.Section{"cluster", "storage_pool"}},
	} {
		for _, flavour := range []string{"lxd 5.0.2", "incus 6.0.4"} {
			p := planned(t, []byte(c.want), []byte(strings.ReplaceAll(c.live, "FLAVOUR", flavour)), plan.Options{})
			got := map[plan.StepID][]plan.Section{}
			for _, s := range p.Steps {
				if strings.HasPrefix(string(s.ID), "create:") {
					got[s.ID] = s.Sections
				}
			}
			want := map[plan.StepID][]plan.Section{"create:storage_pool/s": c.pool,
				"create:storage_pool/s2": {"storage_pool"}, "create:network/br0": {"network"}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", name, flavour, diff)
			}
		}
	}
}

// TestDaemonsTakeOneAtATime is about what they read anew as a whole, or refuse while another change of it runs.
func TestDaemonsTakeOneAtATime(t *testing.T) {
	t.Parallel()
	const wished = `
members: [{name: node1, address: "10.0.0.1:8443"}]
profiles: [{name: one, description: new}, {name: two, description: new}, {name: idle, description: new}, {name: new}]
network_acls: [{name: one, description: new}, {name: two, description: new}, {name: idle, description: new}]
network_forwards:
- {network: br0, listen_address: 192.0.2.1, target: node1}
- {network: br0, listen_address: 192.0.2.2, target: node1, description: new}
- {network: br0, listen_address: 192.0.2.3, state: absent}
`
	live := strings.ReplaceAll(twoNetworksLive, "FLAVOUR", "lxd 5.0.2") + `
- {ref: profile/default/one, state: created}
- {ref: profile/default/two, state: created}
- {ref: profile/default/idle, state: created}
- {ref: instance/default/c1, state: created, attrs: {profiles: '["one","two"]'}, members: {node1: {state: created}}}
- {ref: network_acl/default/one, state: created}
- {ref: network_acl/default/two, state: created}
- {ref: network_acl/default/idle, state: created}
- {ref: network/default/br2, state: created, attrs: {type: bridge}, config: {security.acls: "one,two"}, members: {node1: {state: created}}}
- {ref: network_forward/default/br0/192.0.2.2, state: created, members: {node1: {state: created}}}
- {ref: network_forward/default/br0/192.0.2.3, state: created, members: {node1: {state: created}}}
`
	want := map[plan.StepID][]plan.Section{
		"update:profile/one": {"profile"}, "update:profile/two": {"profile"}, "update:profile/idle": nil,
		"create:profile/new":     nil,
		"update:network_acl/one": {"network_acl"}, "update:network_acl/two": {"network_acl"},
		"update:network_acl/idle":                    nil,
		"create:network_forward/br0/192.0.2.1@node1": {"network_forward@node1"},
		"update:network_forward/br0/192.0.2.2@node1": {"network_forward@node1"},
		"delete:network_forward/br0/192.0.2.3@node1": {"cluster", "network_forward@node1"},
	}
	got := map[plan.StepID][]plan.Section{}
	for _, s := range planned(t, []byte(wished), []byte(live), plan.Options{}).Steps {
		got[s.ID] = s.Sections
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
