package sandbox

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"clusterctl/drivers/sandbox/layout"
	"clusterctl/schema"
)

// poolDriver is what the world knows of a storage driver.
type poolDriver struct {
	version string
	remote  bool
	// keys are its own keys beside those that all have.
	keys []string
	// fill completes what a member was given, as creating the pool there does.
	fill func(folder, name string, config map[string]string)
}

// loopSize is the size of a loop file that nobody gave a size: LXD's least, as on a machine with a small disk.
const loopSize = "5GiB"

var poolDrivers = map[string]poolDriver{
	"dir": {version: "1", fill: func(folder, name string, config map[string]string) {
		fallback(config, "source", folder+"/storage-pools/"+name)
	}},
	"btrfs": {version: "6.2", keys: []string{"size", "btrfs.mount_options"}, fill: fillLoop},
	"zfs": {version: "2.1", keys: []string{"size", "zfs.pool_name", "zfs.clone_copy", "zfs.export"},
		fill: func(folder, name string, config map[string]string) {
			fillLoop(folder, name, config)
			fallback(config, "zfs.pool_name", name)
		}},
	"lvm": {version: "2.03", keys: []string{"size", "lvm.thinpool_metadata_size", "lvm.thinpool_name", "lvm.use_thinpool",
		"lvm.vg_name", "lvm.vg.force_reuse"}, fill: func(folder, name string, config map[string]string) {
		fillLoop(folder, name, config)
		fallback(config, "lvm.vg_name", name)
		fallback(config, "lvm.thinpool_name", "LXDThinPool")
	}},
	"ceph": {version: "17.2", remote: true,
		keys: []string{"ceph.cluster_name", "ceph.osd.force_reuse", "ceph.osd.pg_num", "ceph.osd.pool_name",
			"ceph.osd.data_pool_name", "ceph.rbd.clone_copy", "ceph.rbd.du", "ceph.rbd.features", "ceph.user.name",
			"volatile.pool.pristine"},
		fill: func(folder, name string, config map[string]string) { fallback(config, "source", name) }},
	"cephfs": {version: "17.2", remote: true, keys: []string{"cephfs.cluster_name", "cephfs.fscache", "cephfs.path",
		"cephfs.user.name", "volatile.pool.pristine"},
		fill: func(folder, name string, config map[string]string) {}},
}

// fillLoop completes a pool that lives in a loop file unless a source was given.
func fillLoop(folder, name string, config map[string]string) {
	if config["source"] != "" {
		return
	}
	config["source"] = folder + "/disks/" + name + ".img"
	fallback(config, "size", loopSize)
}

func fallback(config map[string]string, key, value string) {
	if config[key] == "" {
		config[key] = value
	}
}

func supportedDrivers() []map[string]any {
	var out []map[string]any
	for _, name := range sortedKeys(poolDrivers) {
		d := poolDrivers[name]
		out = append(out, map[string]any{"Name": name, "Version": d.version, "Remote": d.remote})
	}
	return out
}

var rate = regexp.MustCompile(`^[0-9]+(bit|[kKMGTPE]i?B|[kKMGTPE]?|B)$`)

// checkPool refuses wrong values, and then keys that the driver does not know.
func checkPool(s layout.Server, driver string, config map[string]string) error {
	if v := config["rsync.bwlimit"]; v != "" && !rate.MatchString(v) {
		return fmt.Errorf("Invalid value for option %q: Invalid value: %s", "rsync.bwlimit", v)
	}
	if v := config["rsync.compression"]; v != "" && checkBool(v) != nil {
		return fmt.Errorf("Invalid value for option %q: Invalid value for a boolean %q", "rsync.compression", v)
	}
	common := []string{"source", "volatile.initial_source", "rsync.bwlimit", "rsync.compression"}
	for _, key := range sortedKeys(config) {
		known := listedFor(s, schema.KindStoragePool, driver, key) || slices.Contains(common, key) ||
			slices.Contains(poolDrivers[driver].keys, key)
		if !known && !strings.HasPrefix(key, "volume.") && !strings.HasPrefix(key, "user.") {
			return strange(http.StatusInternalServerError, "Invalid option %q", key)
		}
	}
	return nil
}

// makePool is what the driver does on one member: it fills in what was left open and stores it. Paths are pretended:
// every source exists but those below /nonexistent and those called nothere.
func (t *tx) makePool(id, node int64, name, driver string) error {
	d, known := poolDrivers[driver]
	if !known {
		return fmt.Errorf("Unknown driver")
	}
	if err := checkPool(*t.server, driver, poolKind.global(t, id)); err != nil {
		return err
	}
	config := poolKind.ofMember(t, id, node)
	source := config["source"]
	if strings.HasPrefix(source, "/nonexistent") || strings.HasSuffix(source, "/nothere") {
		return fmt.Errorf("Source path '%s' doesn't exist", source)
	}
	if used := t.number(`SELECT count(*) FROM storage_pools_config c JOIN storage_pools_nodes n
		ON n.storage_pool_id=c.storage_pool_id AND n.node_id=c.node_id WHERE n.state=1 AND c.storage_pool_id<>?
		AND c.node_id=? AND c.key='source' AND c.value=?`, id, node, source); used > 0 && driver == "dir" {
		return fmt.Errorf("Source path '%s' isn't empty", source)
	}
	if source != "" {
		config["volatile.initial_source"] = source
	}
	d.fill(t.server.Folder, name, config)
	poolKind.putMember(t, id, node, config)
	if d.remote {
		t.fillCeph(id, name, driver)
	}
	return t.err
}

// fillCeph completes the cluster-wide keys of the remote drivers.
func (t *tx) fillCeph(id int64, name, driver string) {
	config := poolKind.global(t, id)
	fallback(config, driver+".cluster_name", "ceph")
	fallback(config, driver+".user.name", "admin")
	if driver == "ceph" {
		fallback(config, "ceph.osd.pool_name", name)
		fallback(config, "ceph.osd.pg_num", "32")
	}
	fallback(config, "volatile.pool.pristine", "true")
	poolKind.putGlobal(t, id, config)
}

// spelledBytes is the unit that LXD takes with the blank before it.
const spelledBytes = " bytes"

// byteUnits are the units of sizes (lxd 5.0.2, shared/units).
var byteUnits = map[string]int64{
	"": 1, "B": 1, spelledBytes: 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15, "EB": 1e18,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "PiB": 1 << 50, "EiB": 1 << 60,
}

// byteSize returns the bytes of a size such as 10GiB.
func byteSize(text string) (int64, error) {
	digits := strings.TrimRight(text, " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	if digits == "" {
		return 0, fmt.Errorf("Invalid value: %s", text)
	}
	number, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("Invalid integer: %s", digits)
	}
	unit, ok := byteUnits[text[len(digits):]]
	if !ok {
		return 0, fmt.Errorf("Unrecognised suffix: %s", text[len(digits):])
	}
	return number * unit, nil
}
