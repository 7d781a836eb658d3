package sandbox_test

import (
	"strings"
	"testing"

	"clusterctl/drivers/sandbox"
	"clusterctl/schema"
)

// TestDisksAreRefusedInTheDaemonsWords has calls about root disks and custom volumes, one after the other, and what LXD
// 5.0.2 says to them; nothing where it takes them.
func TestDisksAreRefusedInTheDaemonsWords(t *testing.T) {
	t.Parallel()
	const (
		create  = "400 Failed creating instance record: Failed initialising instance: "
		copying = "400 Copy instance operation failed: Failed instance creation: "
		missing = `Failed add validation for device "d": Failed loading custom volume: Storage volume not found`
		one     = "/1.0/instances/c1"
		relies  = "500 At least one instance relies on this profile's root disk device"
		root    = `"root":{"type":"disk","path":"/","pool":"local"}`
		disk    = `"d":{"type":"disk","path":"/d","pool":"local","source":"here"}`
	)
	runCalls(t, sandbox.Config{Members: 2}, []string{
		`POST /1.0/storage-pools?target=node2 {"name":"local","driver":"dir"}`, "",
		`POST /1.0/storage-pools?target=node1 {"name":"local","driver":"dir"}`, "",
		`POST /1.0/storage-pools {"name":"local","driver":"dir"}`, "",
		`POST /1.0/storage-pools?target=node2 {"name":"other","driver":"dir"}`, "",
		`POST /1.0/storage-pools?target=node1 {"name":"other","driver":"dir"}`, "",
		`POST /1.0/storage-pools {"name":"other","driver":"dir"}`, "",
		`PUT /1.0/profiles/default {"devices":{` + root + `}}`, "",
		`POST /1.0/profiles {"name":"other","devices":{"root":{"type":"disk","path":"/","pool":"other"}}}`, "",
		`POST /1.0/storage-pools/local/volumes/custom?target=node1 {"name":"here"}`, "",
		`POST /1.0/projects {"name":"own","config":{"features.profiles":"false"}}`, "",
		`POST /1.0/instances?target=node1 {"name":"c1","source":{"type":"none"},"devices":{` +
			strings.Replace(disk, "here", "nothere", 1) + `}}`, create + missing,
		`POST /1.0/instances?target=node1 {"name":"c1","source":{"type":"none"},"devices":{` +
			strings.Replace(disk, "local", "nothere", 1) + `}}`, create +
			`Failed add validation for device "d": Failed to get storage pool "nothere": Storage pool not found`,
		`POST /1.0/instances?target=node2 {"name":"c1","source":{"type":"none"},"devices":{` + disk + `}}`,
		create + missing,
		`POST /1.0/instances?target=node1&project=own {"name":"c1","source":{"type":"none"},"devices":{` + disk + `}}`,
		create + missing,
		`POST /1.0/instances?target=node1 {"name":"c1","source":{"type":"none"},"devices":{` + disk + `}}`, "",
		`POST ` + one + `?target=node2 {"name":"c1","migration":true}`,
		copying + strings.TrimPrefix(create, "400 ") + missing,
		`PATCH ` + one + ` {"devices":{"e":{"type":"disk","path":"/e","pool":"local","source":"nothere"}}}`,
		"404 " + strings.Replace(missing, `"d"`, `"e"`, 1),
		`PATCH ` + one + ` {"devices":{` + strings.Replace(disk, `"/d"`, `"/e"`, 1) + `}}`, "",
		`PATCH ` + one + ` {"devices":{"root":{"type":"disk","path":"/","pool":"other"}}}`,
		`500 Cannot update root disk device pool name to "other"`,
		`PATCH ` + one + ` {"profiles":["default","other"]}`, `500 Cannot update root disk device pool name to "other"`,
		`PATCH ` + one + ` {"profiles":[]}`, "500 Invalid expanded devices: Failed detecting root disk device: " +
			"No root device could be found",
		`PUT /1.0/profiles/default {"devices":{"root":{"type":"disk","path":"/","pool":"other"}}}`, relies,
		`PUT /1.0/profiles/default {"devices":{}}`, relies,
		`PUT /1.0/profiles/default {"devices":{"root":{"type":"disk","path":"/","pool":"local","size":"5GiB"}}}`, "",
		`PATCH ` + one + ` {"devices":{` + root + `}}`, "",
		`PUT /1.0/profiles/default {"devices":{}}`, "",
	})
}

// runCalls makes calls to the first member, each with what it has to say: nothing where it takes the call.
func runCalls(t *testing.T, cfg sandbox.Config, calls []string) {
	t.Helper()
	w := start(t, cfg)
	form(t, w)
	for i := 0; i < len(calls); i += 2 {
		method, rest, _ := strings.Cut(calls[i], " ")
		path, body, _ := strings.Cut(rest, " ")
		if calls[i+1] != "" {
			refused(t, w, "node1", method, path, body, calls[i+1])
		} else {
			must(t, w, "node1", method, path, body)
		}
	}
}

// TestIncusMovesWithoutVolumes has an instance leave the volume of its disk behind, which Incus 6.0.4 lets it.
func TestIncusMovesWithoutVolumes(t *testing.T) {
	t.Parallel()
	incus := schema.Flavour{Product: schema.Incus, Version: "6.0.4"}
	runCalls(t, sandbox.Config{Members: 2, Server: incus}, []string{
		`POST /1.0/storage-pools?target=node2 {"name":"local","driver":"dir"}`, "",
		`POST /1.0/storage-pools?target=node1 {"name":"local","driver":"dir"}`, "",
		`POST /1.0/storage-pools {"name":"local","driver":"dir"}`, "",
		`PUT /1.0/profiles/default {"devices":{"root":{"type":"disk","path":"/","pool":"local"}}}`, "",
		`POST /1.0/storage-pools/local/volumes/custom?target=node1 {"name":"here"}`, "",
		`POST /1.0/instances?target=node1 {"name":"c1","source":{"type":"none"},
			"devices":{"d":{"type":"disk","path":"/d","pool":"local","source":"here"}}}`, "",
		`POST /1.0/instances/c1?target=node2 {"name":"c1","migration":true}`, "",
	})
}
