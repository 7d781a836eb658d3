package sandbox

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

func balancerRoutes() []route {
	const missing = "Network load balancer not found"
	return kind[balancer]{path: "/1.0/networks/{network}/load-balancers", table: "networks_load_balancers",
		read: (*call).balancers, missing: notFound(missing, "Failed deleting load balancer: "+missing),
		blank:  func(before balancer) balancer { return balancer{Config: overlay(before.Config, nil)} },
		create: (*call).createBalancer, change: (*call).changeBalancer}.routes()
}

type balancer struct {
	ListenAddress string            `json:"listen_address"`
	Location      string            `json:"location"`
	Description   string            `json:"description"`
	Config        map[string]string `json:"config"`
	Backends      []balancerBackend `json:"backends"`
	Ports         []balancerPort    `json:"ports"`

	id int64
}

type balancerBackend struct {
	Name          string `json:"name"`
	Description   string `json:"description"`
	TargetPort    string `json:"target_port"`
	TargetAddress string `json:"target_address"`
}

type balancerPort struct {
	Description   string   `json:"description"`
	Protocol      string   `json:"protocol"`
	ListenPort    string   `json:"listen_port"`
	TargetBackend []string `json:"target_backend,omitempty"`
	TargetPool    string   `json:"target_pool,omitempty"`
}

func (v balancer) key() (int64, string) { return v.id, v.ListenAddress }

func (v balancer) tag() any {
	return []any{v.ListenAddress, v.Description, v.Config, v.Backends, v.Ports}
}

func (c *call) balancerNetwork() network { return c.networkOf("load balancers", "ovn") }

func (c *call) balancers(address string) []balancer {
	return c.tx.balancersOf(c.balancerNetwork().id, address)
}

func (t *tx) balancersOf(network int64, address string) []balancer {
	return each(t, func(id int64, row []string) balancer {
		return balancer{id: id, ListenAddress: row[0], Description: row[1],
			Backends: listFrom(t, row[2], []balancerBackend{}), Ports: listFrom(t, row[3], []balancerPort{}),
			Config: t.config("networks_load_balancers_config", "network_load_balancer_id", id)}
	}, `SELECT id,listen_address,description,backends,ports FROM networks_load_balancers
		WHERE network_id=? AND ? IN ('',listen_address) ORDER BY id`, network, address)
}

func (c *call) createBalancer(body balancer) error {
	network := c.balancerNetwork()
	const doing = "Failed creating load balancer: "
	if len(c.balancers(body.ListenAddress)) > 0 {
		return fail(http.StatusConflict, doing+"A load balancer for that listen address already exists")
	}
	err := c.checkBalancer(network, body)
	if err == nil {
		err = c.routed(network, body.ListenAddress)
	}
	if err != nil {
		return prefixed(doing, err)
	}
	id := c.tx.insert("networks_load_balancers (network_id,listen_address,description,backends,ports)", network.id,
		body.ListenAddress, body.Description, listText(body.Backends), listText(body.Ports))
	c.tx.putConfig("networks_load_balancers_config", "network_load_balancer_id", id, body.Config)
	return nil
}

// routed refuses an address that is neither in the network nor in the routes of its uplink (lxd 6.9,
// lxd/network/driver_ovn.go allocateUplinkAddress).
func (c *call) routed(network network, address string) error {
	listen := netip.MustParseAddr(address)
	uplink := networkKind.global(c.tx, c.tx.number("SELECT id FROM networks WHERE project_id=1 AND name=?",
		network.Config["network"]))
	own := []string{network.Config["ipv4.address"], network.Config["ipv6.address"]}
	for _, subnet := range slices.Concat(own, names(uplink["ipv4.routes"]), names(uplink["ipv6.routes"])) {
		if prefix, err := netip.ParsePrefix(subnet); err == nil && prefix.Contains(listen) {
			return nil
		}
	}
	return fail(http.StatusBadRequest, "Uplink network does not contain %q in its routes",
		netip.PrefixFrom(listen, listen.BitLen()))
}

// changeBalancer replaces everything; a PATCH keeps what it does not name.
func (c *call) changeBalancer(before, body balancer) error {
	body.ListenAddress = before.ListenAddress
	if c.Method == http.MethodPatch && body.Backends == nil {
		body.Backends = before.Backends
	}
	if c.Method == http.MethodPatch && body.Ports == nil {
		body.Ports = before.Ports
	}
	if err := c.checkBalancer(c.balancerNetwork(), body); err != nil {
		return prefixed("Failed updating load balancer: ", err)
	}
	c.tx.exec("UPDATE networks_load_balancers SET description=?,backends=?,ports=? WHERE id=?", body.Description,
		listText(body.Backends), listText(body.Ports), before.id)
	c.tx.putConfig("networks_load_balancers_config", "network_load_balancer_id", before.id, body.Config)
	return nil
}

// checkBalancer refuses what the daemon refuses (lxd 6.9, lxd/network/driver_common.go loadBalancerValidate).
func (c *call) checkBalancer(network network, v balancer) error {
	listen, err := netip.ParseAddr(v.ListenAddress)
	if err != nil {
		return fmt.Errorf("Failed parsing %q: Invalid IP representation", v.ListenAddress)
	}
	for _, key := range sortedKeys(v.Config) {
		if !strings.HasPrefix(key, "user.") {
			return strange(http.StatusInternalServerError, "Invalid option %q", key)
		}
	}
	backends, err := checkBackends(v.Backends, listen)
	if err != nil {
		return err
	}
	taken := map[string][]int64{}
	for i, port := range v.Ports {
		err := checkBalancerPort(i, port, backends, taken)
		if err == nil && port.TargetPool != "" {
			err = c.leadsToPool(network, port)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkBackends returns the names of backends, all of which are right.
func checkBackends(list []balancerBackend, listen netip.Addr) (names []string, err error) {
	for i, b := range list {
		target, err := netip.ParseAddr(b.TargetAddress)
		switch {
		case slices.Contains(names, b.Name):
			return nil, fmt.Errorf("Duplicate name %q in backend specification %d", b.Name, i)
		case err != nil:
			return nil, fmt.Errorf("Invalid target address for backend %q", b.Name)
		case target.Is4() != listen.Is4():
			return nil, fmt.Errorf("Cannot mix IP versions in listen address and backend %q target address", b.Name)
		}
		names = append(names, b.Name)
	}
	return names, nil
}

// checkBalancerPort checks one port, and notes in taken what it listens to.
func checkBalancerPort(i int, port balancerPort, backends []string, taken map[string][]int64) error {
	switch {
	case port.Protocol != "tcp" && port.Protocol != "udp":
		return fmt.Errorf("Invalid port protocol in port specification %d, protocol must be one of: tcp, udp", i)
	case len(port.TargetBackend) == 0 && port.TargetPool == "":
		return fmt.Errorf("Missing target_backend or target_pool in port specification %d", i)
	case len(port.TargetBackend) > 0 && port.TargetPool != "":
		return fmt.Errorf("Cannot specify both target_backend and target_pool in port specification %d", i)
	}
	listened, err := portNumbers(port.ListenPort)
	switch {
	case err != nil:
		return fmt.Errorf("Invalid listen port in port specification %d: %w", i, err)
	case len(listened) == 0:
		return fmt.Errorf("Missing listen port in port specification %d", i)
	case len(listened) > 1 && port.TargetPool != "":
		return fmt.Errorf("Port ranges cannot be used with pool in port specification %d", i)
	}
	for _, number := range listened {
		if slices.Contains(taken[port.Protocol], number) {
			return fmt.Errorf("Duplicate listen port %d for protocol %q in port specification %d", number, port.Protocol, i)
		}
		taken[port.Protocol] = append(taken[port.Protocol], number)
	}
	for _, name := range port.TargetBackend {
		if !slices.Contains(backends, name) {
			return fmt.Errorf("Invalid target backend name %q in port specification %d", name, i)
		}
	}
	return nil
}
