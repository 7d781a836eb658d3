package sandbox

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
)

func forwardRoutes() []route {
	return []route{
		{"GET", "/1.0/networks/{network}/forwards", trustClient, locked, forwardsGet},
		{"POST", "/1.0/networks/{network}/forwards", trustClient, atTarget, forwardsPost},
		{"GET", "/1.0/networks/{network}/forwards/{address}", trustClient, atTarget, forwardGet},
		{"PUT", "/1.0/networks/{network}/forwards/{address}", trustClient, atTarget, forwardChange},
		{"PATCH", "/1.0/networks/{network}/forwards/{address}", trustClient, atTarget, forwardChange},
		{"DELETE", "/1.0/networks/{network}/forwards/{address}", trustClient, atTarget, forwardDelete},
	}
}

type forwardView struct {
	ListenAddress string            `json:"listen_address"`
	Description   string            `json:"description"`
	Config        map[string]string `json:"config"`
	Ports         []forwardPort     `json:"ports"`
	Location      string            `json:"location"`

	id int64
}

// forwardPort is a port in the order of fields that the database has (lxd 5.0.2, shared/api/network_forward.go).
type forwardPort struct {
	Description   string `json:"description"`
	Protocol      string `json:"protocol"`
	ListenPort    string `json:"listen_port"`
	TargetPort    string `json:"target_port"`
	TargetAddress string `json:"target_address"`
}

func (v forwardView) tag() any { return []any{v.ListenAddress, v.Description, v.Config, v.Ports} }

// forwardNetwork is the network that the path names.
func (c *call) forwardNetwork() (int64, networkView, error) {
	id, err := c.network(c.params["network"], "Failed loading network: Network not found")
	if err != nil {
		return 0, networkView{}, err
	}
	view := c.viewNetwork(id)
	if view.Type != "bridge" && view.Type != "ovn" {
		return 0, view, fail(http.StatusBadRequest, "Network driver %q does not support forwards", view.Type)
	}
	return id, view, nil
}

func (c *call) viewForwards(condition string, args ...any) []forwardView {
	views := []forwardView{}
	for _, row := range c.tx.rows(`SELECT f.id,f.listen_address,f.description,f.ports,IFNULL(n.name,'') FROM networks_forwards f LEFT JOIN nodes n ON n.id=f.node_id
		WHERE `+condition+" ORDER BY f.id", args...) {
		id, err := strconv.ParseInt(row[0], 10, 64)
		c.tx.note(err, "reading a forward")
		view := forwardView{id: id, ListenAddress: row[1], Description: row[2], Location: row[4], Ports: []forwardPort{},
			Config: c.tx.config("networks_forwards_config", "network_forward_id", id)}
		c.tx.note(listFrom(row[3], &view.Ports), "reading a forward's ports")
		views = append(views, view)
	}
	return views
}

func forwardsGet(c *call) (reply, error) {
	id, _, err := c.forwardNetwork()
	if err != nil {
		return reply{}, err
	}
	views := c.viewForwards("f.network_id=?", id)
	if c.recursion() {
		return ok(views)
	}
	paths := []string{}
	for _, v := range views {
		paths = append(paths, fmt.Sprintf("/1.0/networks/%s/forwards/%s", c.params["network"], v.ListenAddress))
	}
	return ok(paths)
}

// forwardGet looks on the member at ?target, or on all of them.
func forwardGet(c *call) (reply, error) {
	id, _, err := c.forwardNetwork()
	if err != nil {
		return reply{}, err
	}
	condition, args := "f.network_id=? AND f.listen_address=?", []any{id, c.params["address"]}
	if c.query("target") != "" {
		condition, args = condition+" AND IFNULL(f.node_id,?)=?", append(args, c.at.id, c.at.id)
	}
	views := c.viewForwards(condition, args...)
	switch len(views) {
	case 0:
		return reply{}, fail(http.StatusNotFound, "Network forward not found")
	case 1:
		return reply{metadata: views[0], etag: views[0].tag()}, nil
	}
	return reply{}, fail(http.StatusConflict, "Network forward found on more than one cluster member. Please target a specific member")
}

func forwardsPost(c *call) (reply, error) {
	id, network, err := c.forwardNetwork()
	if err != nil {
		return reply{}, err
	}
	var body forwardView
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if len(c.forwardHere(id, body.ListenAddress)) > 0 {
		return reply{}, fail(http.StatusConflict, "Failed creating forward: A forward for that listen address already exists")
	}
	bits := "/32"
	if strings.Contains(body.ListenAddress, ":") {
		bits = "/128"
	}
	if _, _, err := net.ParseCIDR(body.ListenAddress + bits); err != nil {
		return reply{}, fmt.Errorf("Failed creating forward: Failed parsing address forward listen address %q: %w", body.ListenAddress, err)
	}
	if err := checkForward(network.Config, body); err != nil {
		return reply{}, fmt.Errorf("Failed creating forward: %w", err)
	}
	var node any = c.at.id
	if network.Type == "ovn" {
		node = nil
	}
	forward, _ := c.tx.exec("INSERT INTO networks_forwards (network_id,node_id,listen_address,description,ports) VALUES (?,?,?,?,?)",
		id, node, body.ListenAddress, body.Description, listText(body.Ports))
	c.tx.putConfig("networks_forwards_config", "network_forward_id", forward, body.Config)
	return created("/1.0/networks/" + network.Name + "/forwards/" + body.ListenAddress)
}

// forwardHere is the forward of this member, or of nobody.
func (c *call) forwardHere(network int64, address string) []forwardView {
	return c.viewForwards("f.network_id=? AND f.listen_address=? AND IFNULL(f.node_id,?)=?", network, address, c.at.id, c.at.id)
}

// forwardChange replaces everything; a PATCH keeps the configuration's other keys, and the ports that it does not name.
func forwardChange(c *call) (reply, error) {
	id, network, err := c.forwardNetwork()
	if err != nil {
		return reply{}, err
	}
	var body forwardView
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	found := c.forwardHere(id, c.params["address"])
	if len(found) == 0 {
		return reply{}, fail(http.StatusNotFound, "Failed updating forward: Network forward not found")
	}
	before := found[0]
	if err := c.checkETag(before.tag()); err != nil {
		return reply{}, err
	}
	if c.Method == http.MethodPatch {
		body.Config = overlay(before.Config, body.Config)
		if body.Ports == nil {
			body.Ports = before.Ports
		}
	}
	body.ListenAddress = before.ListenAddress
	if err := checkForward(network.Config, body); err != nil {
		return reply{}, fmt.Errorf("Failed updating forward: %w", err)
	}
	c.tx.exec("UPDATE networks_forwards SET description=?,ports=? WHERE id=?", body.Description, listText(body.Ports), before.id)
	c.tx.putConfig("networks_forwards_config", "network_forward_id", before.id, body.Config)
	return done()
}

func forwardDelete(c *call) (reply, error) {
	id, _, err := c.forwardNetwork()
	if err != nil {
		return reply{}, err
	}
	found := c.forwardHere(id, c.params["address"])
	if len(found) == 0 {
		return reply{}, fail(http.StatusNotFound, "Failed deleting forward: Network forward not found")
	}
	c.tx.exec("DELETE FROM networks_forwards WHERE id=?", found[0].id)
	return done()
}
