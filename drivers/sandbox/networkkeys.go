package sandbox

import (
	"crypto/rand"
	_ "embed"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"

	"clusterctl/drivers/sandbox/layout"
	"clusterctl/schema"
)

//go:embed networkkeys.tsv
var networkKeyLines string

var networkKeys = sync.OnceValue(func() map[string][]string {
	keys := map[string][]string{}
	for _, c := range layout.Table(networkKeyLines) {
		keys[c[0]] = strings.Fields(c[1])
	}
	return keys
})

// checkNetwork refuses wrong values, and then unknown keys, with LXD's words.
func checkNetwork(s layout.Server, name, kind string, config map[string]string) error {
	known := func(key string) bool {
		return listedFor(s, schema.KindNetwork, kind, key) ||
			slices.ContainsFunc(append([]string{"user.", "volatile."}, networkKeys()[kind]...), func(k string) bool {
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
	case slices.Contains(networkKeys()["bool"], key):
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

// filledNetwork is a configuration with what the daemon chooses for a new network.
func filledNetwork(kind string, given map[string]string) map[string]string {
	config := overlay(given, nil)
	if kind != "bridge" && kind != "ovn" {
		return config
	}
	if config["bridge.mode"] == "fan" {
		if u := config["fan.underlay_subnet"]; u == "" || u == "auto" {
			config["fan.underlay_subnet"] = "10.0.0.0/16"
		}
		fallback(config, "ipv4.nat", "true")
		return config
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
	return config
}
