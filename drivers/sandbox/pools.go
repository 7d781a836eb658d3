package sandbox

import (
	"cmp"
	"errors"
	"net/http"
)

// pool is the number of a pool; one that is not there is refused.
func (t *tx) pool(name string) int64 {
	id := t.number("SELECT id FROM storage_pools WHERE name=?", name)
	if id == 0 {
		t.refuse(fail(http.StatusNotFound, "Storage pool not found"))
	}
	return id
}

func (c *call) createPool(body stored) error {
	id := c.tx.number("SELECT id FROM storage_pools WHERE name=?", body.name)
	return poolKind.create(c, id, body, func(m *member, id int64) error {
		return c.tx.makePool(id, m.NodeID, body.name, body.text("driver"))
	})
}

// checkPoolChange refuses what a pool cannot be.
func (c *call) checkPoolChange(before, body stored) error {
	driver := cmp.Or(before.text("driver"), body.text("driver"))
	if _, known := poolDrivers()[driver]; !known {
		return c.badRequest(errors.New("Unknown driver"))
	}
	return c.badRequest(checkPool(c.world.server, driver, body.config()))
}

// inProject adds ?project to the path of something outside the default project.
func inProject(path, project string) string {
	if project == "default" {
		return path
	}
	return path + "?project=" + project
}
