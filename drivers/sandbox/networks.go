package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
)

var networkTypes = []string{"bridge", "macvlan", "sriov", "ovn", "physical"} // in the order of the column type

func (c *call) network(name, missing string) (int64, error) {
	project := c.networkProject()
	id := c.tx.number("SELECT id FROM networks WHERE name=? AND project_id=?", name, project)
	if id == 0 {
		return 0, fail(http.StatusNotFound, "%s", missing)
	}
	return id, nil
}

// networkOf is the network that the path names and in which a kind of objects is, if its driver supports those.
func (c *call) networkOf(objects string, drivers ...string) int64 {
	id, err := c.network(c.params["network"], "Failed loading network: Network not found")
	c.tx.refuse(err)
	if kind := networkTypes[c.tx.number("SELECT type FROM networks WHERE id=?", id)]; !slices.Contains(drivers, kind) {
		c.tx.refuse(fail(http.StatusBadRequest, "Network driver %q does not support %s", kind, objects))
	}
	return id
}

func (c *call) createNetwork(body stored) error {
	name, driver := body.name, cmp.Or(body.text("type"), "bridge")
	if c.query("target") == "" {
		if err := c.checkNamed(name, driver, named(body.config())); err != nil {
			return err
		}
		body = body.with("config", filledNetwork(driver, body.config()))
	}
	id := c.tx.number("SELECT id FROM networks WHERE project_id=? AND name=?", c.scope, name)
	return networkKind.create(c, id, body, func(m *member, id int64) error {
		config := overlay(networkKind.config(c.tx, id, nil), networkKind.config(c.tx, id, m.NodeID))
		if err := checkPart(c.world.server, name, driver, config); err != nil {
			return err
		}
		there := *c
		there.at = m
		return c.kindAt(networkKind.path).refused(&there, "PART", id)
	})
}

// checkNetworkChange refuses what a network cannot be.
func (c *call) checkNetworkChange(before, body stored) error {
	name, kind := cmp.Or(before.name, body.name), cmp.Or(before.text("type"), body.text("type"), "bridge")
	check := checkPart
	switch {
	case c.Method != http.MethodPost:
		return c.badRequest(c.checkNamed(name, kind, body.config()))
	case c.query("target") != "":
		check = checkNetwork
	}
	return c.badRequest(check(c.world.server, name, kind, body.config()))
}

// zoneKeys are the keys by which a network names its zones.
var zoneKeys = []string{"dns.zone.forward", "dns.zone.reverse.ipv4", "dns.zone.reverse.ipv6"}

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
	project := c.networkProject()
	for _, key := range zoneKeys {
		for _, zone := range names(config[key]) {
			if c.tx.number("SELECT count(*) FROM networks_zones WHERE project_id=? AND name=?", project, zone) == 0 {
				return fmt.Errorf("Invalid value for network %q option %q: Network zone %q doesn't exist", name, key, zone)
			}
		}
	}
	for _, acl := range names(config["security.acls"]) {
		if c.tx.number("SELECT count(*) FROM networks_acls WHERE project_id=? AND name=?", project, acl) == 0 {
			return fmt.Errorf("Network ACL %q does not exist", acl)
		}
	}
	return checkNetwork(c.world.server, name, kind, config)
}
