package sandbox

import (
	"net/http"
	"strings"
)

func (t *tx) profileID(project int64, name string) int64 {
	return t.number("SELECT id FROM profiles WHERE project_id=? AND name=?", project, name)
}

// checkProfile refuses what the daemon refuses of configuration and devices.
func (c *call) checkProfile(_, body stored) error {
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
	return nil
}
