package kinds_test

import (
	"strings"
	"testing"

	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// exampleDevice is the device that breaks a rule, and what it can be.
func exampleDevice(spec schema.Spec, c schema.Combination) (device map[string]string, variants []string) {
	kind, _, _ := strings.Cut(c.For[0], ".")
	device = map[string]string{"type": kind}
	for word := range strings.FieldsSeq(c.Example) {
		key, value, _ := strings.Cut(word, "=")
		device[key] = value
	}
	network := map[string]string{"br0": "bridge", "mac0": "macvlan"}[device["network"]]
	return device, spec.DeviceVariants(device, network)
}

// TestCombinations goes over the table: the example of each rule breaks that one, its keys are keys of such devices,
// and a device whose every key is said is refused for good.
func TestCombinations(t *testing.T) {
	t.Parallel()
	profile, _ := kinds.Registry().Kind(schema.KindProfile)
	for _, c := range profile.Combinations() {
		device, variants := exampleDevice(profile.Spec, c)
		p, broken := c.Fault("d", "profile p", variants, device)
		if !broken {
			t.Errorf("%s: %s: the example %q breaks nothing", c.For, c, c.Example)
			continue
		}
		if c.Certain() && p.Severity != schema.SeverityError {
			t.Errorf("%s: %s: the example %q is worth a %s", c.For, c, c.Example, p.Severity)
		}
		for _, condition := range append(c.When, c.Want) {
			for _, one := range condition.Any() {
				key, _, _ := one.Parts()
				if _, known := profile.DeviceRule(variants, key, schema.Flavour{}); !known && !c.Servers.Never(schema.LXD) {
					t.Errorf("%s: %s: such a device has no key %s", c.For, c, key)
				}
			}
		}
	}
}

// TestRightDevices goes over devices that daemons take (lxd 5.0.2 and incus 6.0.4, measured).
func TestRightDevices(t *testing.T) {
	t.Parallel()
	profile, _ := kinds.Registry().Kind(schema.KindProfile)
	for _, text := range []string{
		"type=nic network=br0", "type=nic network=br0 vlan=5 name=eth0", "type=nic nictype=bridged parent=br0", "type=nic nictype=p2p",
		"type=nic nictype=routed", "type=disk path=/ pool=local size=10GiB", "type=disk source=/srv", "type=disk source=data pool=local",
		"type=disk source=/srv path=/srv readonly=true recursive=false", "type=unix-char path=/dev/x major=1 mode=0660", "type=usb",
		"type=unix-hotplug vendorid=1234", "type=gpu", "type=gpu gputype=sriov", "type=tpm", "type=pci address=0000:00:02.0", "type=none",
		"type=proxy listen=tcp:10.0.0.1:80 connect=tcp:10.0.0.2:80 nat=1 bind=host", "type=infiniband nictype=sriov parent=ib0",
		"type=gpu gputype=mig mig.uuid=x", "type=disk path=/tmp source=tmpfs: size=1GiB",
	} {
		device, variants := exampleDevice(profile.Spec, schema.Combination{For: []string{"none"}, Example: text})
		if faults := profile.DeviceFaults("d", "profile p", device, variants, schema.Flavour{}); len(faults) > 0 {
			t.Errorf("%s: %s", text, faults[0].Summary)
		}
	}
}
