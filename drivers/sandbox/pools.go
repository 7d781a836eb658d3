package sandbox

import (
	"errors"
	"fmt"
	"net/http"
)

// pool is the number of a pool; one that is not there is refused.
func (t *tx) pool(name string) int64 {
	id := t.number("SELECT id FROM storage_pools WHERE name=?", name)
	if id == 0 {
		t.refuse(fail(http.StatusNotFound, "%s", poolKind.text["notFound"]))
	}
	return id
}

func (c *call) createPool(body stored) error {
	wanted := body.text("driver")
	id := c.tx.number("SELECT id FROM storage_pools WHERE name=?", body.name)
	driver, _ := c.tx.text("SELECT driver FROM storage_pools WHERE id=?", id)
	check := func() error {
		if _, known := poolDrivers()[wanted]; !known {
			return errors.New("Unknown driver")
		}
		return checkPool(c.world.server, wanted, body.config())
	}
	insert := func(state, description string) int64 {
		return c.tx.insert("storage_pools (name,driver,description,state)", body.name, wanted, description, state)
	}
	switch {
	case c.query("target") != "": // the description of a definition is dropped
		return poolKind.define(c, id, driver == wanted, body.config(), check,
			func() int64 { return insert(statePending, "") })
	case poolKind.inPhases(c, id):
		return c.instantiatePool(id, driver, body)
	case id != 0:
		return fail(http.StatusConflict, "The storage pool already exists: The record already exists")
	}
	if err := check(); err != nil {
		return err
	}
	id = insert(stateCreated, body.text("description"))
	poolKind.createAlone(c, id, body.config())
	if err := c.world.faults.creating(c.at, poolKind.entity); err != nil {
		return err
	}
	return c.tx.makePool(id, c.at.NodeID, body.name, wanted)
}

func (c *call) instantiatePool(id int64, driver string, body stored) error {
	wanted := body.text("driver")
	var mismatch error
	if driver != wanted {
		mismatch = fmt.Errorf("Requested storage pool driver %q doesn't match driver in existing database record %q",
			wanted, driver)
	}
	if err := poolKind.ready(c, id, body.config(), mismatch); err != nil {
		return err
	}
	make := func(node int64) error { return c.tx.makePool(id, node, body.name, wanted) }
	return poolKind.instantiate(c, id, body.config(), make, func() {
		c.tx.exec("UPDATE storage_pools SET description=? WHERE id=?", body.text("description"), id)
	})
}

func (c *call) changePool(before, body stored) error {
	check := func(config map[string]string) error { return checkPool(c.world.server, before.text("driver"), config) }
	return poolKind.change(c, before.id, body, check)
}

// inProject adds ?project to the path of something outside the default project.
func inProject(path, project string) string {
	if project == "default" {
		return path
	}
	return path + "?project=" + project
}
