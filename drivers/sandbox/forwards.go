package sandbox

import (
	"fmt"
	"net"
	"net/http"
	"strings"
)

func forwardRoutes() []route {
	return kind[forward]{path: "/1.0/networks/{network}/forwards", table: "networks_forwards", where: atTarget,
		read:    (*call).forwards,
		missing: missingForward, several: severalForwards,
		blank:  func(before forward) forward { return forward{Config: overlay(before.Config, nil)} },
		create: (*call).createForward, change: (*call).changeForward,
	}.routes()
}

type forward struct {
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

func (v forward) key() (int64, string) { return v.id, v.ListenAddress }

func (v forward) tag() any { return []any{v.ListenAddress, v.Description, v.Config, v.Ports} }

func missingForward(c *call) error {
	prefix := map[string]string{"GET": "", "DELETE": "Failed deleting forward: "}
	if before, known := prefix[c.Method]; known {
		return fail(http.StatusNotFound, "%sNetwork forward not found", before)
	}
	return fail(http.StatusNotFound, "Failed updating forward: Network forward not found")
}

func severalForwards(*call) error {
	return fail(http.StatusConflict,
		"Network forward found on more than one cluster member. Please target a specific member")
}

// forwards returns those of all members, or one by its address: that of the call's member, or of nobody. A GET without
// ?target looks on all members for it.
func (c *call) forwards(address string) []forward {
	network := c.forwardNetwork()
	everywhere := address == "" || c.Method == http.MethodGet && c.query("target") == ""
	return each(c.tx, func(id int64, row []string) forward {
		return forward{id: id, ListenAddress: row[0], Description: row[1], Ports: listFrom(c.tx, row[2], []forwardPort{}),
			Location: row[3], Config: c.tx.config("networks_forwards_config", "network_forward_id", id)}
	}, `SELECT f.id,f.listen_address,f.description,f.ports,IFNULL(n.name,'') FROM networks_forwards f
		LEFT JOIN nodes n ON n.id=f.node_id WHERE f.network_id=? AND ? IN ('',f.listen_address)
		AND (? OR f.node_id IS NULL OR f.node_id=?) ORDER BY f.id`, network.id, address, everywhere, c.at.id)
}

func (c *call) createForward(body forward) error {
	network := c.forwardNetwork()
	if here := c.forwards(body.ListenAddress); body.ListenAddress != "" && len(here) > 0 {
		return fail(http.StatusConflict, "Failed creating forward: A forward for that listen address already exists")
	}
	bits := "/32"
	if strings.Contains(body.ListenAddress, ":") {
		bits = "/128"
	}
	if _, _, err := net.ParseCIDR(body.ListenAddress + bits); err != nil {
		return fmt.Errorf("Failed creating forward: Failed parsing address forward listen address %q: %w",
			body.ListenAddress, err)
	}
	if err := checkForward(network.Config, body); err != nil {
		return fmt.Errorf("Failed creating forward: %w", err)
	}
	var node any = c.at.id
	if network.Type == "ovn" {
		node = nil
	}
	row := c.tx.insert("networks_forwards (network_id,node_id,listen_address,description,ports)",
		network.id, node, body.ListenAddress, body.Description, listText(body.Ports))
	c.tx.putConfig("networks_forwards_config", "network_forward_id", row, body.Config)
	return nil
}

// changeForward replaces everything; a PATCH keeps the configuration's other keys, and the ports that it does not name.
func (c *call) changeForward(before, body forward) error {
	network := c.forwardNetwork()
	if c.Method == http.MethodPatch && body.Ports == nil {
		body.Ports = before.Ports
	}
	body.ListenAddress = before.ListenAddress
	if err := checkForward(network.Config, body); err != nil {
		return fmt.Errorf("Failed updating forward: %w", err)
	}
	c.tx.exec("UPDATE networks_forwards SET description=?,ports=? WHERE id=?", body.Description, listText(body.Ports),
		before.id)
	c.tx.putConfig("networks_forwards_config", "network_forward_id", before.id, body.Config)
	return nil
}
