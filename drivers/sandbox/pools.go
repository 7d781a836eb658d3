package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

func poolRoutes() []route {
	return append(kind[pool]{path: "/1.0/storage-pools", where: atTarget, read: (*call).pools,
		missing: notFound(poolKind.text.notFound),
		blank:   func(pool) pool { return pool{} },
		change:  (*call).changePool, remove: (*call).removePool,
	}.routes(), route{"POST", "/1.0/storage-pools", trustClient, locked, poolsPost})
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

func (t *tx) pool(name string) (int64, error) {
	id := t.number("SELECT id FROM storage_pools WHERE name=?", name)
	if id == 0 {
		return 0, fail(http.StatusNotFound, "%s", poolKind.text.notFound)
	}
	return id, nil
}

// pools shows the cluster's keys, and with ?target or on a standalone server the member's too.
func (c *call) pools(name string) ([]pool, error) {
	return each(c.tx, func(id int64, row []string) pool {
		view := pool{id: id, Name: row[0], Driver: row[1], Description: row[2], Config: poolKind.global(c.tx, id),
			Status: stateNames[row[3]], Locations: poolKind.locations(c.tx, id), UsedBy: c.tx.poolUsers(row[0])}
		if c.query("target") != "" || !c.at.cluster.clustered {
			view.Config = overlay(view.Config, poolKind.ofMember(c.tx, id, c.at.id))
			view.Status = stateNames[poolKind.memberState(c.tx, id, c.at.id)]
		}
		return view
	}, "SELECT id,name,driver,description,state FROM storage_pools WHERE ? IN ('',name) ORDER BY name", name), nil
}

func poolsPost(c *call) (reply, error) {
	var body pool
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	switch {
	case body.Name == "":
		return reply{}, fail(http.StatusBadRequest, "No name provided")
	case strings.Contains(body.Name, "/"):
		return reply{}, fail(http.StatusBadRequest, "Storage pool names may not contain slashes")
	case body.Driver == "":
		return reply{}, fail(http.StatusBadRequest, "No driver provided")
	}
	id := c.tx.number("SELECT id FROM storage_pools WHERE name=?", body.Name)
	var err error
	switch {
	case c.query("target") != "":
		err = c.definePool(id, body)
	case poolKind.inPhases(c, id):
		err = c.instantiatePool(id, body)
	default:
		err = c.createPool(id, body)
	}
	if err != nil {
		return reply{}, err
	}
	return created("/1.0/storage-pools/" + body.Name)
}

func (c *call) definePool(id int64, body pool) error {
	driver, _ := c.tx.text("SELECT driver FROM storage_pools WHERE id=?", id)
	check := func() error {
		if _, known := poolDrivers[body.Driver]; !known {
			return errors.New("Unknown driver")
		}
		return checkPool(body.Driver, body.Config)
	}
	insert := func() int64 { return c.tx.insertPool(body, statePending) }
	return poolKind.define(c, id, driver == body.Driver, body.Config, check, insert)
}

func (t *tx) insertPool(body pool, state string) int64 {
	description := body.Description
	if state == statePending {
		description = "" // the description of a definition is dropped
	}
	return t.insert("storage_pools (name,driver,description,state)", body.Name, body.Driver, description, state)
}

func (c *call) instantiatePool(id int64, body pool) error {
	for _, key := range sortedKeys(body.Config) {
		if poolKind.isMemberKey(key) {
			return fmt.Errorf("Config key %q is cluster member specific", key)
		}
	}
	if id == 0 {
		return errors.New(poolKind.text.nowhere)
	}
	if driver, _ := c.tx.text("SELECT driver FROM storage_pools WHERE id=?", id); driver != body.Driver {
		return fmt.Errorf("Requested storage pool driver %q doesn't match driver in existing database record %q", body.Driver, driver)
	}
	if err := poolKind.ready(c, id, body.Config); err != nil {
		return err
	}
	return poolKind.instantiate(c, id, body.Config, func(node int64) error {
		return c.tx.makePool(id, node, body.Name, body.Driver)
	}, func() { c.tx.exec("UPDATE storage_pools SET description=? WHERE id=?", body.Description, id) })
}

// createPool is the creation on a server that is alone.
func (c *call) createPool(id int64, body pool) error {
	if _, known := poolDrivers[body.Driver]; !known {
		return errors.New("Unknown driver")
	}
	if id != 0 {
		return fail(http.StatusConflict, "The storage pool already exists: The record already exists")
	}
	if err := checkPool(body.Driver, body.Config); err != nil {
		return err
	}
	id = c.tx.insertPool(body, stateCreated)
	global, member := poolKind.split(body.Config)
	poolKind.putGlobal(c.tx, id, global)
	poolKind.addMember(c.tx, id, c.at.id, stateCreated)
	poolKind.putMember(c.tx, id, c.at.id, member)
	if err := c.world.faults.creating(c.at, poolKind.entity); err != nil {
		return err
	}
	return c.tx.makePool(id, c.at.id, body.Name, body.Driver)
}

func (c *call) changePool(before, body pool) error {
	check := func(config map[string]string) error { return checkPool(before.Driver, config) }
	return poolKind.change(c, before.id, body.Description, body.Config, check, "")
}

func (c *call) removePool(v pool) error { return poolKind.remove(c, v.id, v.UsedBy, "") }

// poolUsers are the paths of what uses the pool; nil, and so null in JSON, when nothing does.
func (t *tx) poolUsers(name string) []string {
	var out []string
	for _, v := range t.viewVolumes("v.type=2 AND sp.name=?", name) {
		out = append(out, v.path())
	}
	for _, row := range t.rows(`SELECT i.name,p.name FROM storage_volumes v JOIN projects p ON p.id=v.project_id JOIN storage_pools sp ON sp.id=v.storage_pool_id
		JOIN instances i ON i.name=v.name AND i.project_id=v.project_id WHERE v.type IN (0,3) AND sp.name=? ORDER BY v.id`, name) {
		out = append(out, inProject("/1.0/instances/"+row[0], row[1]))
	}
	return append(out, t.users("profiles", `d.type=2 AND c.key='pool' AND c.value=?`, name)...)
}

// users are the paths of the profiles or instances that have a device for which the condition holds.
func (t *tx) users(table, condition, value string) []string {
	owner := strings.TrimSuffix(table, "s")
	var out []string
	for _, row := range t.rows(`SELECT DISTINCT x.name,p.name FROM `+table+` x JOIN projects p ON p.id=x.project_id JOIN `+table+`_devices d ON d.`+owner+`_id=x.id
		JOIN `+table+`_devices_config c ON c.`+owner+`_device_id=d.id WHERE `+condition+` ORDER BY x.id`, value) {
		out = append(out, inProject("/1.0/"+table+"/"+row[0], row[1]))
	}
	return out
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
