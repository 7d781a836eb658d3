package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"clusterctl/schema"
)

func poolRoutes() []route {
	return kind[pool]{path: "/1.0/storage-pools", where: atTarget, phased: true, read: (*call).pools,
		missing: notFound(poolKind.text["notFound"]), blank: func(pool) pool { return pool{} },
		create: (*call).createPool,
		change: (*call).changePool, remove: (*call).removePool}.routes()
}

type pool struct {
	Name        string            `json:"name"`
	Driver      string            `json:"driver"`
	Description string            `json:"description"`
	Config      map[string]string `json:"config"`
	UsedBy      []string          `json:"used_by"`
	Status      string            `json:"status"`
	Locations   []string          `json:"locations"`

	id int64
}

func (v pool) key() (int64, string) { return v.id, v.Name }

// tag is nil: LXD 5.0.2 forgets the ETag of pools.
func (v pool) tag() any { return nil }

// pool is the number of a pool; one that is not there is refused.
func (t *tx) pool(name string) int64 {
	id := t.number("SELECT id FROM storage_pools WHERE name=?", name)
	if id == 0 {
		t.refuse(fail(http.StatusNotFound, "%s", poolKind.text["notFound"]))
	}
	return id
}

// pools shows the cluster's keys, and with ?target or on a standalone server the member's too.
func (c *call) pools(name string) []pool {
	return each(c.tx, func(id int64, row []string) pool {
		view := pool{id: id, Name: row[0], Driver: row[1], Description: row[2], Config: poolKind.global(c.tx, id),
			Status: stateNames[row[3]], Locations: poolKind.locations(c.tx, id), UsedBy: c.tx.poolUsers(row[0], 0)}
		if c.query("target") != "" || !c.at.cluster.clustered {
			view.Config = overlay(view.Config, poolKind.ofMember(c.tx, id, c.at.id))
			view.Status, view.UsedBy = stateNames[poolKind.memberState(c.tx, id, c.at.id)], c.tx.poolUsers(row[0], c.at.id)
		}
		return view
	}, "SELECT id,name,driver,description,state FROM storage_pools WHERE ? IN ('',name) ORDER BY name", name)
}

func (c *call) createPool(body pool) error {
	switch {
	case body.Name == "":
		return fail(http.StatusBadRequest, "No name provided")
	case strings.Contains(body.Name, "/"):
		return fail(http.StatusBadRequest, "Storage pool names may not contain slashes")
	case body.Driver == "":
		return fail(http.StatusBadRequest, "No driver provided")
	}
	id := c.tx.number("SELECT id FROM storage_pools WHERE name=?", body.Name)
	driver, _ := c.tx.text("SELECT driver FROM storage_pools WHERE id=?", id)
	check := func() error {
		if _, known := poolDrivers()[body.Driver]; !known {
			return errors.New("Unknown driver")
		}
		return checkPool(c.world.server, body.Driver, body.Config)
	}
	insert := func(state, description string) int64 {
		return c.tx.insert("storage_pools (name,driver,description,state)", body.Name, body.Driver, description, state)
	}
	switch {
	case c.query("target") != "": // the description of a definition is dropped
		return poolKind.define(c, id, driver == body.Driver, body.Config, check,
			func() int64 { return insert(statePending, "") })
	case poolKind.inPhases(c, id):
		return c.instantiatePool(id, driver, body)
	case id != 0:
		return fail(http.StatusConflict, "The storage pool already exists: The record already exists")
	}
	if err := check(); err != nil {
		return err
	}
	id = insert(stateCreated, body.Description)
	poolKind.createAlone(c, id, body.Config)
	if err := c.world.faults.creating(c.at, poolKind.entity); err != nil {
		return err
	}
	return c.tx.makePool(id, c.at.id, body.Name, body.Driver)
}

func (c *call) instantiatePool(id int64, driver string, body pool) error {
	var mismatch error
	if driver != body.Driver {
		mismatch = fmt.Errorf("Requested storage pool driver %q doesn't match driver in existing database record %q",
			body.Driver, driver)
	}
	if err := poolKind.ready(c, id, body.Config, mismatch); err != nil {
		return err
	}
	make := func(node int64) error { return c.tx.makePool(id, node, body.Name, body.Driver) }
	return poolKind.instantiate(c, id, body.Config, make, func() {
		c.tx.exec("UPDATE storage_pools SET description=? WHERE id=?", body.Description, id)
	})
}

func (c *call) changePool(before, body pool) error {
	check := func(config map[string]string) error { return checkPool(c.world.server, before.Driver, config) }
	return poolKind.change(c, before.id, body.Description, body.Config, check, "")
}

func (c *call) removePool(v pool) error {
	return poolKind.remove(c, v.id, c.tx.poolUsers(v.Name, 0), "")
}

// users are the paths of what uses something, which users.sql finds; for LXD 5.0.2 nil, and so null in JSON, when
// nothing does.
func (t *tx) users(of string, pairs ...any) []string {
	users := t.column(t.server.Query(of), values(pairs)...)
	if len(users) == 0 && t.server.Does("says null", "used_by") {
		return nil
	}
	return users
}

// poolUsers are those of a pool, on one member or with 0 on all.
func (t *tx) poolUsers(name string, node int64) []string {
	return t.users("pool", "name", name, "node", node, "snapshots", t.server.Product == schema.LXD)
}

// inProject adds ?project to the path of something outside the default project.
func inProject(path, project string) string {
	if project == "default" {
		return path
	}
	return withQuery(path, "project="+project)
}

func withQuery(path, query string) string {
	if strings.Contains(path, "?") {
		return path + "&" + query
	}
	return path + "?" + query
}
