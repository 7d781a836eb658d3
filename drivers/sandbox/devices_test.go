package sandbox_test

import (
	"testing"

	"clusterctl/drivers/sandbox"
)

// TestProfilesAreRefusedInTheDaemonsWords has calls that LXD 5.0.2 was asked, with what it said.
func TestProfilesAreRefusedInTheDaemonsWords(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Members: 1})
	must(t, w, "node1", "POST", "/1.0/networks", `{"name":"br0","type":"bridge","config":{"ipv4.address":"10.5.0.1/24"}}`)
	const failed = `400 Device validation failed for "d": `
	for body, want := range map[string]string{
		`"config":{"nokey":"x"}`:                     `400 Unknown configuration key: nokey`,
		`"config":{"limits.foo":"1"}`:                `400 Unknown configuration key: limits.foo`,
		`"config":{"limits.memory":"5XB"}`:           `400 Invalid value: 5XB`,
		`"config":{"boot.autostart":"maybe"}`:        `400 Invalid value for a boolean "maybe"`,
		`"config":{"limits.cpu":"abc"}`:              `400 Invalid CPU limit syntax`,
		`"config":{"limits.cpu.priority":"x"}`:       `400 Invalid value for a limit "x". Must be between 0 and 10`,
		`"config":{"limits.memory.enforce":"maybe"}`: `400 Invalid value "maybe" (not one of [soft hard])`,
		`"config":{"volatile.x":"y"}`:                `400 Volatile keys can only be set on instances`,
		`"config":{"image.os":"y"}`:                  `400 Image keys can only be set on instances`,
		`"devices":{"d":{"type":"nodev"}}`: failed +
			`Failed loading device "d": Unsupported device type`,
		`"devices":{"d":{"path":"/x"}}`: failed +
			`Failed loading device "d": Missing device type in config`,
		`"devices":{"d":{"type":"nic"}}`: failed +
			`Failed loading device "d": Unsupported device type`,
		`"devices":{"d":{"type":"nic","nictype":"bogus","parent":"br0"}}`: failed +
			`Failed loading device "d": Unsupported device type`,
		`"devices":{"d":{"type":"nic","network":"br0","nictype":"bridged"}}`: failed +
			`Cannot use "nictype" property in conjunction with "network" property`,
		`"devices":{"d":{"type":"nic","network":"br0","parent":"br0"}}`: failed +
			`Cannot use "parent" property in conjunction with "network" property`,
		`"devices":{"d":{"type":"nic","nictype":"macvlan"}}`: failed +
			`Invalid value for device option "parent": Required value`,
		`"devices":{"d":{"type":"disk","path":"/d"}}`: failed +
			`Disk entry is missing the required "source" or "path" property`,
		`"devices":{"d":{"type":"disk","path":"/","pool":"local","nokey":"x"}}`: failed +
			`Invalid device option "nokey"`,
		`"devices":{"d":{"type":"disk","path":"/","pool":"local","size":"lots"}}`: failed +
			`Invalid value for device option "size": Invalid value: lots`,
		`"devices":{"d":{"type":"nic","network":"br0","security.mac_filtering":"maybe"}}`: failed +
			`Invalid value for device option "security.mac_filtering": Invalid value for a boolean "maybe"`,
	} {
		refused(t, w, "node1", "POST", "/1.0/profiles", `{"name":"p",`+body+`}`, want)
	}
	must(t, w, "node1", "POST", "/1.0/profiles", `{"name":"p","config":{"limits.memory":"50%","user.x":"1"},
		"devices":{"eth0":{"type":"nic","network":"br0","vlan":"5"},"root":{"type":"disk","path":"/","pool":"nothere"}}}`)
}
