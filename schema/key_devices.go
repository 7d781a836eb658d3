package schema

import (
	"strings"
)

// DeviceVariants returns what a device can be, as the rules for devices call it: its type, or its type and kind
// ("nic.bridged"). network is the type of the managed network that it names; where that is not known, and the device
// does not say its kind, it can be any. It is empty for a type that no rule speaks of.
func (s Spec) DeviceVariants(device map[string]string, network string) []string {
	var out []string
	if s.DeviceKeys == nil {
		return nil
	}
	for _, variant := range s.DeviceKeys().variants {
		if kind, _, _ := strings.Cut(variant, "."); kind == device["type"] {
			out = append(out, variant)
		}
	}
	kind := device["nictype"]
	switch {
	case device["type"] == "gpu" && device["gputype"] == "":
		kind = "physical"
	case device["type"] == "gpu":
		kind = device["gputype"]
	case device["network"] != "" && network == "bridge":
		kind = "bridged"
	case device["network"] != "":
		kind = network
	}
	for _, variant := range out {
		if variant == device["type"]+"."+kind {
			return []string{variant}
		}
	}
	return out
}

// DeviceRules returns the rules for the keys of devices, in order.
func (s Spec) DeviceRules() []KeyRule {
	if s.DeviceKeys == nil {
		return nil
	}
	return s.DeviceKeys().rules
}

// DeviceRule returns the rule for a key of a device that can be one of these, by preference one that the servers have.
func (s Spec) DeviceRule(variants []string, key string, server Flavour) (rule KeyRule, ok bool) {
	for _, variant := range variants {
		if found, there := s.DeviceKeys().rule(variant, key); there && (!ok || !rule.Servers.In(server)) {
			rule, ok = found, true
		}
	}
	return rule, ok
}
