package sandbox

import (
	_ "embed"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"clusterctl/drivers/sandbox/layout"
	"clusterctl/schema"
)

// poolDriver is what the world knows of a storage driver.
type poolDriver struct {
	version string
	remote  bool
	// keys are its own keys beside those that all have; parts and whole complete a member's keys, and the cluster's.
	keys, parts, whole []string
}

//go:embed pooldrivers.tsv
var poolDriverLines string

var poolDrivers = sync.OnceValue(func() map[string]poolDriver {
	drivers := map[string]poolDriver{}
	for _, c := range layout.Table(poolDriverLines) {
		drivers[c[0]] = poolDriver{version: c[1], remote: c[2] == "remote", keys: strings.Fields(c[3]),
			parts: strings.Fields(c[4]), whole: strings.Fields(c[5])}
	}
	return drivers
})

// completed is a configuration with what creating a pool puts in.
func completed(config map[string]string, with []string, folder, name string) map[string]string {
	out := overlay(config, nil)
	for _, word := range with {
		key, value, _ := strings.Cut(word, "=")
		loop, inLoop := strings.CutPrefix(key, "?")
		if !inLoop || config["source"] == "" {
			fallback(out, loop, strings.NewReplacer("{folder}", folder, "{name}", name).Replace(value))
		}
	}
	return out
}

func fallback(config map[string]string, key, value string) {
	if config[key] == "" {
		config[key] = value
	}
}

func supportedDrivers() []map[string]any {
	var out []map[string]any
	for _, name := range sortedKeys(poolDrivers()) {
		d := poolDrivers()[name]
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
			slices.Contains(poolDrivers()[driver].keys, key)
		if !known && !strings.HasPrefix(key, "volume.") && !strings.HasPrefix(key, "user.") {
			return strange(http.StatusInternalServerError, "Invalid option %q", key)
		}
	}
	return nil
}

// makePool is what the driver does on one member: it fills in what was left open and stores it. Paths are pretended:
// every source exists but those below /nonexistent and those called nothere.
func (t *tx) makePool(id, node int64, name, driver string) error {
	d, known := poolDrivers()[driver]
	if !known {
		return fmt.Errorf("Unknown driver")
	}
	if err := checkPool(*t.server, driver, poolKind.config(t, id, nil)); err != nil {
		return err
	}
	config := poolKind.config(t, id, node)
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
	poolKind.put(t, id, node, completed(config, d.parts, t.server.Folder, name))
	poolKind.put(t, id, nil, completed(poolKind.config(t, id, nil), d.whole, t.server.Folder, name))
	return t.err
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
