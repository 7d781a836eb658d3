package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

func poolRoutes() []route {
	return []route{
		{"GET", "/1.0/storage-pools", trustClient, locked, poolsGet},
		{"POST", "/1.0/storage-pools", trustClient, locked, poolsPost},
		{"GET", "/1.0/storage-pools/{name}", trustClient, atTarget, poolGet},
		{"PUT", "/1.0/storage-pools/{name}", trustClient, atTarget, poolChange},
		{"PATCH", "/1.0/storage-pools/{name}", trustClient, atTarget, poolChange},
		{"DELETE", "/1.0/storage-pools/{name}", trustClient, locked, poolDelete},
	}
}

type poolBody struct {
	Name        string            `json:"name"`
	Driver      string            `json:"driver"`
	Description string            `json:"description"`
	Config      map[string]string `json:"config"`
}

type poolView struct {
	poolBody
	UsedBy    []string `json:"used_by"`
	Status    string   `json:"status"`
	Locations []string `json:"locations"`
}

func (t *tx) pool(name string) (int64, error) {
	id := t.number("SELECT id FROM storage_pools WHERE name=?", name)
	if id == 0 {
		return 0, fail(http.StatusNotFound, "%s", poolKind.text.notFound)
	}
	return id, nil
}

// viewPool shows the cluster's keys, and with ?target or on a standalone server the member's too.
func (c *call) viewPool(name string) poolView {
	row := c.tx.row("SELECT id,name,driver,description,state FROM storage_pools WHERE name=?", name)
	id := c.tx.number("SELECT id FROM storage_pools WHERE name=?", name)
	view := poolView{poolBody: poolBody{Name: row[1], Driver: row[2], Description: row[3], Config: poolKind.global(c.tx, id)},
		Status: stateNames[row[4]], Locations: poolKind.locations(c.tx, id), UsedBy: c.tx.poolUsers(name)}
	if c.query("target") != "" || !c.at.cluster.clustered {
		view.Config = overlay(view.Config, poolKind.ofMember(c.tx, id, c.at.id))
		view.Status = stateNames[poolKind.memberState(c.tx, id, c.at.id)]
	}
	return view
}

func poolsGet(c *call) (reply, error) {
	return list(c, "storage-pools", c.tx.column("SELECT name FROM storage_pools ORDER BY name"), c.viewPool)
}

// poolGet has no ETag: LXD 5.0.2 forgets it for pools.
func poolGet(c *call) (reply, error) {
	if _, err := c.tx.pool(c.params["name"]); err != nil {
		return reply{}, err
	}
	return ok(c.viewPool(c.params["name"]))
}

func poolsPost(c *call) (reply, error) {
	var body poolBody
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
	case c.tx.number("SELECT count(*) FROM nodes WHERE state<>?", stateMemberPending) > 1 || id != 0 && poolKind.state(c.tx, id) != stateCreated:
		err = c.instantiatePool(id, body)
	default:
		err = c.createPool(id, body)
	}
	if err != nil {
		return reply{}, err
	}
	return created("/1.0/storage-pools/" + body.Name)
}

func (c *call) definePool(id int64, body poolBody) error {
	driver, _ := c.tx.text("SELECT driver FROM storage_pools WHERE id=?", id)
	check := func() error {
		if _, known := poolDrivers[body.Driver]; !known {
			return errors.New("Unknown driver")
		}
		return checkPool(body.Driver, body.Config)
	}
	return poolKind.define(c, id, driver == body.Driver, body.Config, check, func() int64 { return c.tx.insertPool(body, statePending) })
}

func (t *tx) insertPool(body poolBody, state string) int64 {
	description := body.Description
	if state == statePending {
		description = "" // the description of a definition is dropped
	}
	id, _ := t.exec("INSERT INTO storage_pools (name,driver,description,state) VALUES (?,?,?,?)", body.Name, body.Driver, description, state)
	return id
}

func (c *call) instantiatePool(id int64, body poolBody) error {
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
func (c *call) createPool(id int64, body poolBody) error {
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

func poolChange(c *call) (reply, error) {
	id, err := c.tx.pool(c.params["name"])
	if err != nil {
		return reply{}, err
	}
	var body poolBody
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	driver, _ := c.tx.text("SELECT driver FROM storage_pools WHERE id=?", id)
	global, member, err := poolKind.change(c, id, body.Config, func(config map[string]string) error { return checkPool(driver, config) })
	if err != nil {
		return reply{}, err
	}
	before := poolKind.ofMember(c.tx, id, c.at.id)
	if member["source"] != before["source"] && poolKind.memberState(c.tx, id, c.at.id) != statePending {
		return reply{}, errors.New("Pool source cannot be changed when not in pending state")
	}
	if c.query("target") == "" {
		if err := c.reachPeers("/1.0/storage-pools/" + c.params["name"]); err != nil {
			return reply{}, err
		}
	}
	poolKind.putGlobal(c.tx, id, global)
	poolKind.putMember(c.tx, id, c.at.id, member)
	c.tx.exec("UPDATE storage_pools SET description=? WHERE id=?", body.Description, id)
	return done()
}

func poolDelete(c *call) (reply, error) {
	name := c.params["name"]
	id, err := c.tx.pool(name)
	if err != nil {
		return reply{}, err
	}
	if len(c.tx.poolUsers(name)) > 0 {
		return reply{}, fail(http.StatusBadRequest, "%s", poolKind.text.inUse)
	}
	if err := c.reachPeers("/1.0/storage-pools/" + c.params["name"]); err != nil {
		return reply{}, err
	}
	c.tx.exec("DELETE FROM storage_pools WHERE id=?", id)
	return done()
}

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
