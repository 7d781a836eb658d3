package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

func networkRoutes() []route {
	return []route{
		{"GET", "/1.0/networks", trustClient, locked, networksGet},
		{"POST", "/1.0/networks", trustClient, locked, networksPost},
		{"GET", "/1.0/networks/{name}", trustClient, atTarget, networkGet},
		{"PUT", "/1.0/networks/{name}", trustClient, atTarget, networkChange},
		{"PATCH", "/1.0/networks/{name}", trustClient, atTarget, networkChange},
		{"POST", "/1.0/networks/{name}", trustClient, locked, networkRename},
		{"DELETE", "/1.0/networks/{name}", trustClient, locked, networkDelete},
	}
}

type networkBody struct {
	Name        string            `json:"name"`
	Type        string            `json:"type"`
	Description string            `json:"description"`
	Config      map[string]string `json:"config"`
}

type networkView struct {
	networkBody
	UsedBy    []string `json:"used_by"`
	Managed   bool     `json:"managed"`
	Status    string   `json:"status"`
	Locations []string `json:"locations"`
}

var networkTypes = []string{"bridge", "macvlan", "sriov", "ovn", "physical"} // in the order of the column type

// networkProject is where the networks of a project live: in the default project unless it has its own.
func (c *call) networkProject() (int64, error) {
	id, err := c.tx.project(c.project(), fmt.Sprintf("Failed to load project %q: ", c.project()))
	if err != nil || c.tx.feature(id, "features.networks") {
		return id, err
	}
	return 1, nil
}

func (c *call) network(name, missing string) (int64, error) {
	project, err := c.networkProject()
	if err != nil {
		return 0, err
	}
	id := c.tx.number("SELECT id FROM networks WHERE name=? AND project_id=?", name, project)
	if id == 0 {
		return 0, fail(http.StatusNotFound, "%s", missing)
	}
	return id, nil
}

func (c *call) viewNetwork(id int64) networkView {
	row := c.tx.row("SELECT name,type,description,state FROM networks WHERE id=?", id)
	kind := c.tx.number("SELECT type FROM networks WHERE id=?", id)
	view := networkView{networkBody: networkBody{Name: row[0], Type: networkTypes[kind], Description: row[2], Config: networkKind.global(c.tx, id)},
		Managed: true, Status: stateNames[row[3]], Locations: networkKind.locations(c.tx, id), UsedBy: c.tx.networkUsers(row[0])}
	if c.query("target") != "" || !c.at.cluster.clustered {
		view.Config = overlay(view.Config, networkKind.ofMember(c.tx, id, c.at.id))
		view.Status = stateNames[networkKind.memberState(c.tx, id, c.at.id)]
	}
	return view
}

func networksGet(c *call) (reply, error) {
	project, err := c.networkProject()
	if err != nil {
		return reply{}, err
	}
	names := c.tx.column("SELECT name FROM networks WHERE project_id=? ORDER BY name", project)
	if project == 1 {
		names = append(names, interfaces...)
	}
	return list(c, "networks", names, func(name string) networkView {
		if slices.Contains(interfaces, name) {
			return unmanaged(name)
		}
		return c.viewNetwork(c.tx.number("SELECT id FROM networks WHERE project_id=? AND name=?", project, name))
	})
}

// interfaces are those of the pretended hosts that LXD does not manage.
var interfaces = []string{"eth0", "lo"}

func unmanaged(name string) networkView {
	kind := "physical"
	if name == "lo" {
		kind = "loopback"
	}
	return networkView{networkBody: networkBody{Name: name, Type: kind, Config: map[string]string{}}, UsedBy: []string{}}
}

func networkGet(c *call) (reply, error) {
	if slices.Contains(interfaces, c.params["name"]) && c.project() == "default" {
		view := unmanaged(c.params["name"])
		return reply{metadata: view, etag: view.tag()}, nil
	}
	id, err := c.network(c.params["name"], networkKind.text.notFound)
	if err != nil {
		return reply{}, err
	}
	view := c.viewNetwork(id)
	return reply{metadata: view, etag: view.tag()}, nil
}

func (v networkView) tag() any { return []any{v.Name, v.Managed, v.Type, v.Description, v.Config} }

func networksPost(c *call) (reply, error) {
	project, err := c.networkProject()
	if err != nil {
		return reply{}, err
	}
	var body networkBody
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if body.Type == "" {
		body.Type = "bridge"
	}
	kind := networkType(body.Type)
	switch {
	case body.Name == "":
		return reply{}, fail(http.StatusBadRequest, "No name provided")
	case kind < 0:
		return reply{}, fail(http.StatusBadRequest, "Unknown driver")
	case strings.ContainsAny(body.Name, "/ "):
		return reply{}, fail(http.StatusBadRequest, "Network interface contains invalid characters")
	case len(body.Name) > 15:
		return reply{}, fail(http.StatusBadRequest, "Network interface is too long (maximum 15 characters)")
	case body.Type != "ovn" && project != 1:
		return reply{}, fail(http.StatusBadRequest, "Network type does not support non-default projects")
	case body.Type == "ovn" && c.query("target") != "":
		return reply{}, fail(http.StatusBadRequest, "Network type %q does not support member specific config", body.Type)
	}
	id := c.tx.number("SELECT id FROM networks WHERE project_id=? AND name=?", project, body.Name)
	insert := func(state, description string) int64 {
		id, _ := c.tx.exec("INSERT INTO networks (project_id,name,description,state,type) VALUES (?,?,?,?,?)", project, body.Name, description, state, kind)
		return id
	}
	if c.query("target") == "" {
		if err := c.checkNamed(body.Name, body.Type, named(body.Config)); err != nil {
			return reply{}, err
		}
	}
	switch {
	case c.query("target") != "":
		same := c.tx.number("SELECT type FROM networks WHERE id=?", id) == int64(kind)
		err = networkKind.define(c, id, same, body.Config, func() error { return checkNetwork(body.Name, body.Type, body.Config) }, func() int64 { return insert(statePending, "") })
	case c.tx.number("SELECT count(*) FROM nodes WHERE state<>?", stateMemberPending) > 1 || id != 0 && networkKind.state(c.tx, id) != stateCreated:
		err = c.instantiateNetwork(id, body, insert)
	case id != 0:
		err = fail(http.StatusBadRequest, "The network already exists")
	default:
		err = c.createNetwork(body, insert)
	}
	if err != nil {
		return reply{}, err
	}
	return created("/1.0/networks/" + body.Name)
}

func networkType(name string) int {
	for i, t := range networkTypes {
		if t == name {
			return i
		}
	}
	return -1
}

// instantiateNetwork is the second phase. LXD 5.0.2 drops the description of a network in a cluster.
func (c *call) instantiateNetwork(id int64, body networkBody, insert func(state, description string) int64) error {
	for _, key := range sortedKeys(body.Config) {
		if networkKind.isMemberKey(key) {
			return fmt.Errorf("Config key %q is cluster member specific", key)
		}
	}
	if id == 0 && body.Type == "ovn" { // the server defines it on every member by itself
		id = insert(statePending, "")
		for _, m := range append(c.peers(), peerRow{id: c.at.id}) {
			networkKind.addMember(c.tx, id, m.id, statePending)
		}
	}
	if id == 0 {
		return errors.New(networkKind.text.nowhere)
	}
	if c.tx.number("SELECT type FROM networks WHERE id=?", id) != int64(networkType(body.Type)) {
		return errors.New(networkKind.text.otherType)
	}
	if err := networkKind.ready(c, id, body.Config); err != nil {
		return err
	}
	config := overlay(nil, body.Config)
	if networkKind.state(c.tx, id) != stateErrored {
		fillNetwork(body.Type, config)
	}
	return networkKind.instantiate(c, id, config, func(node int64) error {
		return checkPart(body.Name, body.Type, overlay(networkKind.global(c.tx, id), networkKind.ofMember(c.tx, id, node)))
	}, func() {})
}

func (c *call) createNetwork(body networkBody, insert func(state, description string) int64) error {
	config := overlay(nil, body.Config)
	fillNetwork(body.Type, config)
	if err := checkPart(body.Name, body.Type, config); err != nil {
		return err
	}
	if err := c.world.faults.creating(c.at, networkKind.entity); err != nil {
		return err
	}
	id := insert(stateCreated, body.Description)
	global, member := networkKind.split(config)
	networkKind.putGlobal(c.tx, id, global)
	networkKind.addMember(c.tx, id, c.at.id, stateCreated)
	networkKind.putMember(c.tx, id, c.at.id, member)
	return c.tx.err
}

func networkChange(c *call) (reply, error) {
	id, err := c.network(c.params["name"], networkKind.text.notFound)
	if err != nil {
		return reply{}, err
	}
	before := c.viewNetwork(id)
	if err := c.checkETag(before.tag()); err != nil {
		return reply{}, err
	}
	var body networkBody
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	global, member, err := networkKind.change(c, id, body.Config, func(config map[string]string) error {
		return c.checkNamed(before.Name, before.Type, config)
	})
	if err != nil {
		return reply{}, err
	}
	if c.query("target") == "" {
		if err := c.reachPeers("/1.0/networks/" + c.params["name"] + "?project=" + c.project()); err != nil {
			return reply{}, err
		}
	}
	networkKind.putGlobal(c.tx, id, global)
	networkKind.putMember(c.tx, id, c.at.id, member)
	c.tx.exec("UPDATE networks SET description=? WHERE id=?", body.Description, id)
	return done()
}

// named are the keys by which a network names ACLs and zones.
func named(config map[string]string) map[string]string {
	out := map[string]string{}
	for _, key := range append([]string{"security.acls"}, zoneKeys...) {
		if value, ok := config[key]; ok {
			out[key] = value
		}
	}
	return out
}

// checkNamed is checkNetwork with a look at the ACLs and zones that are named.
func (c *call) checkNamed(name, kind string, config map[string]string) error {
	project, err := c.networkProject()
	if err != nil {
		return err
	}
	for _, key := range zoneKeys {
		for _, zone := range names(config[key]) {
			if _, id, _ := c.viewZone(project, zone); id == 0 {
				return fmt.Errorf("Invalid value for network %q option %q: Network zone %q doesn't exist", name, key, zone)
			}
		}
	}
	for _, acl := range names(config["security.acls"]) {
		if _, id, _ := c.viewACL(project, acl); id == 0 {
			return fmt.Errorf("Network ACL %q does not exist", acl)
		}
	}
	return checkNetwork(name, kind, config)
}

func networkRename(c *call) (reply, error) {
	id, err := c.network(c.params["name"], networkKind.text.missing)
	if err != nil {
		return reply{}, err
	}
	var body networkBody
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if c.at.cluster.clustered {
		return reply{}, fail(http.StatusBadRequest, "Renaming clustered network not supported")
	}
	c.tx.exec("UPDATE networks SET name=? WHERE id=?", body.Name, id)
	return created("/1.0/networks/" + body.Name)
}

func networkDelete(c *call) (reply, error) {
	id, err := c.network(c.params["name"], networkKind.text.missing)
	if err != nil {
		return reply{}, err
	}
	if len(c.tx.networkUsers(c.params["name"])) > 0 {
		return reply{}, fail(http.StatusBadRequest, "%s", networkKind.text.inUse)
	}
	if err := c.reachPeers("/1.0/networks/" + c.params["name"] + "?project=" + c.project()); err != nil {
		return reply{}, err
	}
	c.tx.exec("DELETE FROM networks WHERE id=?", id)
	return done()
}

// networkUsers are the paths of what uses the network; nil when nothing does.
func (t *tx) networkUsers(name string) []string {
	condition := `d.type=1 AND c.key IN ('network','parent') AND c.value=?`
	return append(t.users("instances", condition, name), t.users("profiles", condition, name)...)
}
