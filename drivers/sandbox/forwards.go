package sandbox

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

func forwardRoutes() []route {
	return kind[forward]{path: "/1.0/networks/{network}/forwards", table: "networks_forwards", where: atTarget,
		read: (*call).forwards, missing: missingForward, several: severalForwards,
		blank:  func(before forward) forward { return forward{Config: overlay(before.Config, nil)} },
		create: (*call).createForward, change: (*call).changeForward}.routes()
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

// checkForward refuses what the daemon refuses of a forward into a network of that configuration.
func checkForward(network map[string]string, forward forward) error {
	listen, err := netip.ParseAddr(forward.ListenAddress)
	if err != nil {
		return errors.New("Invalid listen address")
	}
	key := "ipv4.address"
	if listen.Is6() {
		key = "ipv6.address"
	}
	_, subnet, err := net.ParseCIDR(network[key])
	if err != nil {
		subnet = nil // it has none of its own: nothing is checked
	}
	for _, key := range sortedKeys(forward.Config) {
		if key != "target_address" && !strings.HasPrefix(key, "user.") {
			return strange(http.StatusInternalServerError, "Invalid option %q", key)
		}
	}
	if text := forward.Config["target_address"]; text != "" {
		target, err := netip.ParseAddr(text)
		switch {
		case err != nil:
			return errors.New("Invalid default target address")
		case target.Is4() != listen.Is4():
			return errors.New("Cannot mix IP versions in listen address and default target address")
		case subnet != nil && !subnet.Contains(target.AsSlice()):
			return errors.New("Default target address is not within the network subnet")
		}
	}
	taken := map[string][]int64{}
	for i, port := range forward.Ports {
		if err := checkForwardTarget(i, port, listen, subnet, forward.Config["target_address"]); err != nil {
			return err
		}
		if err := checkForwardPorts(i, port, taken); err != nil {
			return err
		}
	}
	return nil
}

func checkForwardTarget(i int, port forwardPort, listen netip.Addr, subnet *net.IPNet, fallback string) error {
	target, err := netip.ParseAddr(port.TargetAddress)
	switch {
	case port.Protocol != "tcp" && port.Protocol != "udp":
		return fmt.Errorf("Invalid port protocol in port specification %d, protocol must be one of: tcp, udp", i)
	case err != nil:
		return fmt.Errorf("Invalid target address in port specification %d", i)
	case target.String() == fallback:
		return fmt.Errorf("Target address is same as default target address in port specification %d", i)
	case target.Is4() != listen.Is4():
		return fmt.Errorf("Cannot mix IP versions in listen address and port specification %d target address", i)
	case subnet != nil && !subnet.Contains(target.AsSlice()):
		return fmt.Errorf("Target address is not within the network subnet in port specification %d", i)
	}
	return nil
}

// checkForwardPorts checks the numbers, and notes in taken those that are listened to.
func checkForwardPorts(i int, port forwardPort, taken map[string][]int64) error {
	if len(names(port.ListenPort)) == 0 {
		return fmt.Errorf("Missing listen port in port specification %d", i)
	}
	listened, err := portNumbers(port.ListenPort)
	if err != nil {
		return fmt.Errorf("Invalid listen port in port specification %d: %w", i, err)
	}
	for _, number := range listened {
		if slices.Contains(taken[port.Protocol], number) {
			return fmt.Errorf("Duplicate listen port %d for protocol %q in port specification %d", number, port.Protocol, i)
		}
		taken[port.Protocol] = append(taken[port.Protocol], number)
	}
	targets, err := portNumbers(port.TargetPort)
	switch {
	case err != nil:
		return fmt.Errorf("Invalid target port in port specification %d", i)
	case len(targets) > 1 && len(targets) != len(listened):
		return fmt.Errorf("Mismatch of listen port(s) and target port(s) count in port specification %d", i)
	}
	return nil
}

// portNumbers are the ports of a list such as 80,8000-8010.
func portNumbers(list string) ([]int64, error) {
	var out []int64
	for _, part := range names(list) {
		from, to, isRange := strings.Cut(part, "-")
		first, err := strconv.ParseInt(from, 10, 32)
		if err != nil {
			return nil, err
		}
		last := first
		if isRange {
			if last, err = strconv.ParseInt(to, 10, 32); err != nil {
				return nil, err
			}
		}
		for number := first; number <= min(last, 65535); number++ {
			out = append(out, number)
		}
	}
	return out, nil
}
