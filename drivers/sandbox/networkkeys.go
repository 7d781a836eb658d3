package sandbox

import (
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"

	"clusterctl/drivers/sandbox/layout"
	"clusterctl/schema"
)

// networkKeys are the keys of each type; one that ends in a dot is the beginning of many.
var networkKeys = map[string][]string{
	"bridge": {"bgp.", "bridge.driver", "bridge.external_interfaces", "bridge.hwaddr", "bridge.mode", "bridge.mtu",
		"dns.domain", "dns.mode",
		"dns.search", "dns.zone.", "fan.", "ipv4.", "ipv6.", "maas.subnet.", "raw.dnsmasq", "security.acls",
		"security.acls.", "tunnel."},
	"macvlan": {"gvrp", "mtu", "parent", "vlan", "maas.subnet."},
	"sriov":   {"mtu", "parent", "vlan", "maas.subnet."},
	"physical": {"bgp.", "dns.nameservers", "gvrp", "ipv4.", "ipv6.", "mtu", "ovn.ingress_mode", "parent", "vlan",
		"maas.subnet."},
	"ovn": {"bridge.hwaddr", "bridge.mtu", "dns.domain", "dns.search", "dns.zone.", "ipv4.", "ipv6.", "network",
		"security.acls", "security.acls."},
}

var networkBools = []string{"ipv4.nat", "ipv6.nat", "ipv4.dhcp", "ipv6.dhcp", "ipv4.firewall", "ipv6.firewall",
	"ipv4.routing", "ipv6.routing", "ipv6.dhcp.stateful", "gvrp"}

// checkNetwork refuses wrong values, and then unknown keys, with LXD's words.
func checkNetwork(s layout.Server, name, kind string, config map[string]string) error {
	known := func(key string) bool {
		return listedFor(s, schema.KindNetwork, kind, key) ||
			slices.ContainsFunc(append(networkKeys[kind], "user.", "volatile."), func(k string) bool {
				return k == key || strings.HasSuffix(k, ".") && strings.HasPrefix(key, k)
			})
	}
	for _, key := range sortedKeys(config) {
		if strings.HasPrefix(key, "bgp.") && strings.Count(key, ".") != 3 && s.Does("names peers", kind) {
			return fmt.Errorf("Invalid network configuration key: %s", key)
		}
		if !known(key) {
			continue
		}
		if err := checkNetworkValue(kind, key, config[key]); err != nil {
			return fmt.Errorf("Invalid value for network %q option %q: %w", name, key, err)
		}
	}
	for _, key := range sortedKeys(config) {
		if !known(key) {
			return strange(http.StatusInternalServerError, "Invalid option for network %q option %q", name, key)
		}
	}
	return nil
}

// checkPart is checkNetwork for what one member gets, where some types need a parent.
func checkPart(s layout.Server, name, kind string, config map[string]string) error {
	if needsParent := kind == "macvlan" || kind == "sriov" || kind == "physical"; needsParent && config["parent"] == "" {
		return fmt.Errorf("Invalid value for network %q option %q: Required value", name, "parent")
	}
	return checkNetwork(s, name, kind, config)
}

func checkNetworkValue(kind, key, value string) error {
	switch {
	case value == "":
		return nil
	case slices.Contains(networkBools, key):
		if checkBool(value) != nil {
			return fmt.Errorf("Invalid value for a boolean %q", value)
		}
	case (key == "ipv4.address" || key == "ipv6.address") && kind != "physical":
		if value == "none" || value == "auto" {
			return nil
		}
		_, _, err := net.ParseCIDR(value)
		return err
	}
	return nil
}

// fillNetwork puts in what the daemon chooses for a new network.
func fillNetwork(kind string, config map[string]string) {
	if kind != "bridge" && kind != "ovn" {
		return
	}
	if config["bridge.mode"] == "fan" {
		if u := config["fan.underlay_subnet"]; u == "" || u == "auto" {
			config["fan.underlay_subnet"] = "10.0.0.0/16"
		}
		fallback(config, "ipv4.nat", "true")
		return
	}
	var b [7]byte
	_, _ = rand.Read(b[:]) // never fails, says its documentation
	if v := config["ipv4.address"]; v == "" || v == "auto" {
		config["ipv4.address"] = fmt.Sprintf("10.%d.%d.1/24", b[0], b[1])
		fallback(config, "ipv4.nat", "true")
	}
	if v := config["ipv6.address"]; v == "" || v == "auto" {
		config["ipv6.address"] = fmt.Sprintf("fd42:%x:%x:%x::1/64", 256+int(b[2]), 256+int(b[3]), 256+int(b[4]))
		fallback(config, "ipv6.nat", "true")
	}
}
