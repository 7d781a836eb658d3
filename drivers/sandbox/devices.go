package sandbox

import (
	_ "embed" // for the keys
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"clusterctl/drivers/sandbox/layout"
	"clusterctl/schema"
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
		device := t.exec("INSERT INTO "+table+"_devices ("+owner+"_id,name,type) VALUES (?,?,?)", id, name, kind)
		for _, key := range sortedKeys(devices[name]) {
			if key != "type" && devices[name][key] != "" {
				t.exec("INSERT INTO "+table+"_devices_config ("+owner+"_device_id,key,value) VALUES (?,?,?)", device, key,
					devices[name][key])
			}
		}
	}
}

//go:embed instancekeys.tsv
var instanceKeyLines string

// instanceKeys are the keys of instances, of the variant "instance", and of devices, with the rules for those together.
var instanceKeys = sync.OnceValue(func() schema.Spec {
	var rules []schema.KeyRule
	var together []schema.Combination
	forms := map[string]form{}
	for _, c := range layout.Table(instanceKeyLines) {
		switch {
		case c[0] == "form":
			forms[c[1]] = form{regexp.MustCompile(c[2]), c[3]}
		case strings.HasPrefix(c[0], "="):
			when := schema.Map(strings.Fields(c[1]),
				func(word string) schema.Condition { return schema.Condition(word) })
			together = append(together, schema.Combination{For: strings.Fields(c[0][1:]), When: when,
				Want: schema.Condition(c[2]), Words: c[3]})
		default:
			wrong := func(value string) string { return forms[c[2]].wrong(c[2], value) }
			rules = append(rules, schema.KeyRule{Key: c[1], For: strings.Fields(c[0]), Check: wrong})
		}
	}
	all := schema.NewKeys(rules...)
	own := func() *schema.Keys { return all }
	return schema.Spec{Keys: own, DeviceKeys: own, Combinations: func() []schema.Combination { return together }}
})

// form is what values look like, and what is said of others.
type form struct {
	looks *regexp.Regexp
	words string
}

// wrong is what the daemon says of a value that does not look like that, or is none of "one|or|other"; empty where it
// does.
func (f form) wrong(name, value string) string {
	words := strings.Split(name, "|")
	switch {
	case len(words) > 1 && !slices.Contains(words, value):
		return fmt.Sprintf("Invalid value %q (not one of %v)", value, words)
	case f.looks != nil && !f.looks.MatchString(value):
		return fmt.Sprintf(f.words, value)
	}
	return ""
}

// checkDevices refuses unknown types and networks that do not exist, keys that a device has not, and those that do not
// go together. Pools are not looked up (measured).
func (c *call) checkDevices(devices map[string]map[string]string) error {
	for _, name := range sortedKeys(devices) {
		err := c.checkDevice(devices[name])
		if err != nil {
			err = fmt.Errorf("Failed loading device %q: %w", name, err)
		} else {
			err = c.checkDeviceKeys(name, devices[name])
		}
		if err != nil {
			return fmt.Errorf("Device validation failed for %q: %w", name, err)
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
	case kind == "nic" && device["nictype"] != "" && len(instanceKeys().DeviceVariants(device, "")) != 1:
		return errors.New("Unsupported device type")
	}
	return nil
}

func (c *call) checkDeviceKeys(name string, device map[string]string) error {
	kind, spec := "", instanceKeys()
	if id, err := c.network(device["network"], ""); err == nil {
		kind = networkTypes[c.tx.number("SELECT type FROM networks WHERE id=?", id)]
	}
	variants := spec.DeviceVariants(device, kind)
	for _, rule := range spec.Combinations() {
		if _, broken := rule.Fault(name, "", variants, device); broken {
			return errors.New(strings.Replace(rule.Words, "%s", name, 1))
		}
	}
	for _, key := range sortedKeys(device) {
		rule, known := spec.DeviceRule(variants, key, schema.Flavour{})
		switch {
		case key == "type" || device[key] == "":
		case !known && slices.ContainsFunc(append(variants, device["type"]), func(variant string) bool {
			return listedFor(c.world.server, schema.TableDevices, variant, key)
		}):
		case !known:
			return fmt.Errorf("Invalid device option %q", key)
		case rule.Check(device[key]) != "":
			return fmt.Errorf("Invalid value for device option %q: %s", key, rule.Check(device[key]))
		}
	}
	return nil
}

// listedFor reports whether the server has the key by its own list.
func listedFor(s layout.Server, kind schema.KindName, variant, key string) bool {
	_, ok := s.Lists(kind, variant, key)
	return ok
}

// checkInstanceConfig refuses keys that instances have not, and values that do not look like theirs.
func checkInstanceConfig(s layout.Server, config map[string]string) error {
	for _, key := range sortedKeys(config) {
		rule, known := instanceKeys().Rule("instance", key)
		switch {
		case rule.Volatile || strings.HasPrefix(key, "image."):
		case !known && listedFor(s, schema.KindInstance, "", key):
		case !known:
			return fmt.Errorf("Unknown configuration key: %s", key)
		case config[key] != "" && rule.Check(config[key]) != "":
			return errors.New(rule.Check(config[key]))
		}
	}
	return nil
}
