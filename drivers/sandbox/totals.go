package sandbox

import (
	"fmt"
	"strconv"
)

// volumeTotals is what the custom volumes of a project have together of what is limited, where each has to say its size
// (lxd 5.0.2, lxd/project/permissions.go getTotalsAcrossProjectEntities).
func (t *tx) volumeTotals(project int64, name string, limits map[string]string) (map[string]int64, error) {
	const key = "limits.disk"
	totals := map[string]int64{}
	if limits[key] == "" {
		return totals, nil
	}
	for _, row := range t.rows("SELECT id,name FROM storage_volumes WHERE project_id=? AND type=? ORDER BY id", project,
		volumeCustom) {
		size, said := t.config("storage_volumes_config", "storage_volume_id", t.int(row[0]))["size"]
		if !said {
			return nil, fmt.Errorf("Custom volume %q in project %q has no \"size\" config set", row[1], name)
		}
		bytes, _ := byteSize(size) // it was looked at as it was stored
		totals[key] += bytes
	}
	return totals, nil
}

// has is how much of it an instance has; a virtual machine has a disk for its state, too.
func has(key string, config map[string]string, devices map[string]map[string]string, machine bool) int64 {
	if key != "limits.disk" {
		return amount(key, config[key])
	}
	_, root := rootDisk(devices)
	size := amount(key, root["size"])
	switch state, said := root["size.state"]; {
	case machine && said:
		size += amount(key, state)
	case machine:
		size += 100 << 20
	}
	return size
}

// amount reads a limit: bytes of memory and disk, a number of the others; 0 where it is none.
func amount(key, value string) int64 {
	number := func(text string) (int64, error) { return strconv.ParseInt(text, 10, 64) }
	if key == "limits.memory" || key == "limits.disk" {
		number = byteSize
	}
	n, err := number(value)
	if err != nil {
		return 0
	}
	return n
}

// tooLow refuses limits of a project below what it has already.
func tooLow(limits map[string]string, totals map[string]int64) error {
	for _, key := range sortedKeys(limits) {
		total := totals[key]
		if limits[key] == "" || amount(key, limits[key]) >= total {
			continue
		}
		shown := strconv.FormatInt(total, 10)
		if key == "limits.memory" || key == "limits.disk" {
			shown = inBytes(total)
		}
		return fmt.Errorf("%q is too low: current total is %q", key, shown)
	}
	return nil
}

// inBytes is how LXD writes sizes.
func inBytes(n int64) string {
	if n < 1024 {
		return fmt.Sprintf("%dB", n)
	}
	value, unit := float64(n)/1024, 0
	for ; value >= 1024; unit++ {
		value /= 1024
	}
	return fmt.Sprintf("%.1f%ciB", value, "KMGTPE"[unit])
}
