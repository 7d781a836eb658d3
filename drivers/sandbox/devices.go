package sandbox

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// deviceTypes are the types of devices in the order of the column type.
var deviceTypes = []string{"none", "nic", "disk", "unix-char", "unix-block", "usb", "gpu", "infiniband", "proxy",
	"unix-hotplug", "tpm", "pci"}

// devices returns the devices of a profile or an instance; the type is a column, everything else a key.
func (t *tx) devices(table, owner string, id int64) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, row := range t.rows("SELECT id,name,type FROM "+table+"_devices WHERE "+owner+"_id=?", id) {
		kind, err := strconv.Atoi(row[2])
		t.note(err, "reading a device's type")
		device := t.pairs("SELECT key,value FROM "+table+"_devices_config WHERE "+owner+"_device_id=?", row[0])
		if kind < len(deviceTypes) {
			device["type"] = deviceTypes[kind]
		}
		out[row[1]] = device
	}
	return out
}

func (t *tx) putDevices(table, owner string, id int64, devices map[string]map[string]string) {
	t.exec("DELETE FROM "+table+"_devices WHERE "+owner+"_id=?", id)
	for _, name := range sortedKeys(devices) {
		kind := slices.Index(deviceTypes, devices[name]["type"])
		device, _ := t.exec("INSERT INTO "+table+"_devices ("+owner+"_id,name,type) VALUES (?,?,?)", id, name, kind)
		for _, key := range sortedKeys(devices[name]) {
			if key != "type" && devices[name][key] != "" {
				t.exec("INSERT INTO "+table+"_devices_config ("+owner+"_device_id,key,value) VALUES (?,?,?)", device, key,
					devices[name][key])
			}
		}
	}
}

// checkDevices refuses unknown types, and networks that do not exist. Pools are not looked up (measured).
func (c *call) checkDevices(devices map[string]map[string]string) error {
	for _, name := range sortedKeys(devices) {
		if err := c.checkDevice(devices[name]); err != nil {
			return fmt.Errorf("Device validation failed for %q: Failed loading device %q: %w", name, name, err)
		}
	}
	return nil
}

func (c *call) checkDevice(device map[string]string) error {
	switch kind := device["type"]; {
	case kind == "":
		return errors.New("Missing device type in config")
	case !slices.Contains(deviceTypes, kind):
		return errors.New("Unsupported device type")
	case kind == "nic" && device["network"] != "":
		if _, err := c.network(device["network"], "Network not found"); err != nil {
			return fmt.Errorf("Failed to load network %q for project %q: %w", device["network"], c.project(), err)
		}
	}
	return nil
}

var (
	instancePrefixes = []string{"boot.", "cloud-init.", "cluster.", "environment.", "image.", "limits.",
		"linux.kernel_modules", "linux.sysctl.", "migration.",
		"nvidia.", "raw.", "security.", "snapshots.", "user.", "volatile.", "agent."}
	cpuLimit = regexp.MustCompile(`^[0-9]+([-,][0-9]+)*$`)
)

// checkInstanceConfig knows the beginnings of LXD's keys and the one value that people get wrong most.
func checkInstanceConfig(config map[string]string) error {
	for _, key := range sortedKeys(config) {
		if !slices.ContainsFunc(instancePrefixes, func(p string) bool { return strings.HasPrefix(key, p) }) {
			return fmt.Errorf("Unknown configuration key: %s", key)
		}
		if key == "limits.cpu" && config[key] != "" && !cpuLimit.MatchString(config[key]) {
			return errors.New("Invalid CPU limit syntax")
		}
	}
	return nil
}
