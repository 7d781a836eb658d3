package sandbox

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"clusterctl/schema"
)

// attaches refuses disk devices of volumes that the member has not got (lxd 5.0.2, lxd/device/disk.go validateConfig,
// and incus 6.0.4): those of an instance as it is made there or moved there, and those that a change gives it.
// Profiles are not looked at.
func (c *call) attaches(node int64, doing string, devices map[string]map[string]string) error {
	for _, name := range sortedKeys(devices) {
		if err := c.attach(node, devices[name]); err != nil {
			return prefixed(fmt.Sprintf("Failed %s validation for device %q: ", doing, name), err)
		}
	}
	return nil
}

// attach leaves out what is no custom volume, and what a copy may lack because nobody saw it.
func (c *call) attach(node int64, device map[string]string) error {
	name, kind := device["source"], device["source.type"]
	if device["type"] != "disk" || device["pool"] == "" || name == "" || device["path"] == "/" ||
		kind != "" && kind != "custom" || c.world.lacksVolumes() {
		return nil
	}
	if c.world.server.Does("volume paths", "") {
		name, _, _ = strings.Cut(name, "/")
	}
	pool := c.tx.number("SELECT id FROM storage_pools WHERE name=?", device["pool"])
	if pool == 0 {
		return fail(http.StatusNotFound, "Failed to get storage pool %q: Storage pool not found", device["pool"])
	}
	project := c.volumeProject()
	if c.tx.number(`SELECT count(*) FROM storage_volumes WHERE storage_pool_id=? AND project_id=? AND type=? AND name=?
		AND (node_id=? OR node_id IS NULL)`, pool, project, volumeCustom, name, node) > 0 {
		return c.tx.err
	}
	words := "Failed loading custom volume: "
	if c.world.server.Does("volume types", "") {
		called, _ := c.tx.text("SELECT name FROM projects WHERE id=?", project)
		words = fmt.Sprintf("Failed loading \"custom/%s\" from project %q: ", name, called)
	}
	return fail(http.StatusNotFound, "%sStorage volume not found", words)
}

// lacksVolumes reports a copy of a cluster some of whose volumes were not seen.
func (w *World) lacksVolumes() bool {
	if w.copied == nil {
		return false
	}
	_, unseen := w.copied.Live.Facts.KindNotSeen(schema.KindVolume, "")
	return unseen
}

// liveKeys are those of a disk that change without its being taken off and put on again.
var liveKeys = []string{"limits.max", "limits.read", "limits.write", "size", "size.state"}

// checkExpanded refuses what an instance cannot become with its profiles: another root disk, or none, and volumes that
// its member has not got. Every instance has a root disk: where none is known, a copy lacks the profile.
func (c *call) checkExpanded(before stored, body instance) error {
	was := field[map[string]map[string]string](before, "expanded_devices")
	_, to := c.tx.expand(c.profileIDs(body.Profiles), body.Config, body.Devices)
	_, oldRoot := rootDisk(was)
	_, newRoot := rootDisk(to)
	switch {
	case oldRoot == nil:
	case newRoot == nil && len(to) > 0:
		return errors.New("Invalid expanded devices: Failed detecting root disk device: No root device could be found")
	case newRoot != nil && oldRoot["pool"] != newRoot["pool"]:
		return fmt.Errorf("Cannot update root disk device pool name to %q", newRoot["pool"])
	}
	added, updated := map[string]map[string]string{}, map[string]map[string]string{}
	for name, device := range to {
		switch {
		case maps.Equal(was[name], device):
		case maps.Equal(attached(was[name]), attached(device)):
			updated[name] = device
		default:
			added[name] = device
		}
	}
	node := c.tx.number("SELECT node_id FROM instances WHERE id=?", before.id)
	if err := c.attaches(node, "add", added); err != nil {
		return err
	}
	return c.attaches(node, "update", updated)
}

// attached is what of a disk device stays as long as it is attached.
func attached(device map[string]string) map[string]string {
	out := maps.Clone(device)
	maps.DeleteFunc(out, func(key, _ string) bool { return slices.Contains(liveKeys, key) })
	return out
}
