package sandbox

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

func (t *tx) profileID(project int64, name string) int64 {
	return t.number("SELECT id FROM profiles WHERE project_id=? AND name=?", project, name)
}

// checkProfile refuses what the daemon refuses of configuration and devices.
func (c *call) checkProfile(before, body stored) error {
	for _, key := range sortedKeys(body.config()) {
		if kind, _, _ := strings.Cut(key, "."); kind == "volatile" || kind == "image" {
			return fail(http.StatusBadRequest, "%s keys can only be set on instances", strings.ToUpper(kind[:1])+kind[1:])
		}
	}
	if err := checkInstanceConfig(c.world.server, body.config()); err != nil {
		return fail(http.StatusBadRequest, "%v", err)
	}
	if err := c.checkDevices(body.devices()); err != nil {
		return fail(http.StatusBadRequest, "%v", err)
	}
	return c.checkProfileRoot(before, body)
}

// checkProfileRoot refuses to take the root disk away, or to another pool, where an instance has it from the profile:
// none of its own, and no later profile with a device of that name (lxd 5.0.2, lxd/profiles_utils.go doProfileUpdate,
// and incus 6.0.4).
func (c *call) checkProfileRoot(before, body stored) error {
	name, root := rootDisk(before.devices())
	if _, wanted := rootDisk(body.devices()); root == nil || wanted["pool"] == root["pool"] {
		return nil
	}
	for _, id := range c.tx.column("SELECT instance_id FROM instances_profiles WHERE profile_id=?", before.id) {
		instance := c.tx.int(id)
		if _, own := rootDisk(c.tx.devices("instances", "instance", instance)); own != nil {
			continue
		}
		for _, profile := range slices.Backward(c.tx.profilesOf(instance)) {
			_, has := c.tx.devices("profiles", "profile", profile)[name]
			if has && profile == before.id {
				return errors.New("At least one instance relies on this profile's root disk device")
			}
			if has {
				break
			}
		}
	}
	return nil
}
