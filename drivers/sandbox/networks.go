package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"clusterctl/schema"
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
	id, err := c.network(c.params["network"], networkKind.text["missing"])
	c.tx.refuse(err)
	if kind := networkTypes[c.tx.number("SELECT type FROM networks WHERE id=?", id)]; !slices.Contains(drivers, kind) {
		c.tx.refuse(fail(http.StatusBadRequest, "Network driver %q does not support %s", kind, objects))
	}
	return id
}

func (c *call) createNetwork(body stored) error {
	name, driver := body.name, cmp.Or(body.text("type"), "bridge")
	project := c.networkProject()
	kind := slices.Index(networkTypes, driver)
	id := c.tx.number("SELECT id FROM networks WHERE project_id=? AND name=?", project, name)
	same := c.tx.number("SELECT type FROM networks WHERE id=?", id) == int64(kind)
	insert := func(state, description string) int64 {
		return c.tx.insert("networks (project_id,name,description,state,type)", project, name, description, state, kind)
	}
	if c.query("target") != "" {
		check := func() error { return checkNetwork(c.world.server, name, driver, body.config()) }
		return networkKind.define(c, id, same, body.config(), check, func() int64 { return insert(statePending, "") })
	}
	if err := c.checkNamed(name, driver, named(body.config())); err != nil {
		return err
	}
	config := overlay(body.config(), nil)
	fillNetwork(driver, config)
	switch {
	case networkKind.inPhases(c, id):
		return c.instantiateNetwork(id, same, name, driver, body.config(), config, insert)
	case id != 0:
		return fail(http.StatusBadRequest, "The network already exists")
	}
	if err := checkPart(c.world.server, name, driver, config); err != nil {
		return err
	}
	if err := c.world.faults.creating(c.at, networkKind.entity); err != nil {
		return err
	}
	networkKind.createAlone(c, insert(stateCreated, body.text("description")), config)
	return nil
}

// instantiateNetwork is the second phase. LXD 5.0.2 drops the description of a network in a cluster.
func (c *call) instantiateNetwork(id int64, same bool, name, driver string, given, filled map[string]string,
	insert func(state, description string) int64) error {
	var mismatch error
	if !same {
		mismatch = errors.New(networkKind.text["otherType"])
	}
	if driver == "ovn" && (same || id == 0) {
		if err := c.tx.uplink(given["network"]); err != nil {
			return err
		}
	}
	state, there := c.tx.text("SELECT state FROM networks WHERE id=?", id)
	if there && driver == "ovn" && state != statePending { // lxd 5.0.2, measured
		first, _ := c.tx.text("SELECT name FROM nodes ORDER BY id")
		return fmt.Errorf("Failed creating pending network for member %q: %s", first, networkKind.text["notPending"])
	}
	if id == 0 && driver == "ovn" { // the server defines it on every member by itself
		id, mismatch = insert(statePending, ""), nil
		for _, m := range append(c.peers(), memberRow{id: c.at.NodeID}) {
			networkKind.addMember(c.tx, id, m.id, statePending)
		}
	}
	if err := networkKind.ready(c, id, given, mismatch); err != nil {
		return err
	}
	if err := c.tx.parentsApart(id, c.at.NodeID, driver); err != nil {
		return err
	}
	return networkKind.instantiate(c, id, filled, func(node int64) error {
		config := overlay(networkKind.global(c.tx, id), networkKind.ofMember(c.tx, id, node))
		if err := checkPart(c.world.server, name, driver, config); err != nil {
			return err
		}
		return c.tx.startNetwork(id, node, driver, config)
	}, func() {})
}

// startNetwork refuses what the daemon stumbles on when it makes the interface: a parent called nothere, or one that is
// in use, or an address that another bridge has.
func (t *tx) startNetwork(id, node int64, kind string, config map[string]string) error {
	switch address := config["ipv4.address"]; {
	case config["parent"] == "nothere":
		return fmt.Errorf("Parent interface %q not found", config["parent"])
	case kind == "physical":
		return t.parentFree(id, node, config)
	case kind == "bridge" && address != "none" && t.number(`SELECT count(*) FROM networks n JOIN networks_config c ON c.network_id=n.id
			WHERE n.id<>? AND n.type=0 AND n.state=1 AND c.key='ipv4.address' AND c.value=?`, id, address) > 0:
		host, _, _ := strings.Cut(address, "/")
		return fmt.Errorf("The DNS and DHCP service exited prematurely: Process exited with non-zero value 2 (\"dnsmasq: failed to create listening socket for %s: Address already in use\")", host)
	}
	return nil
}

// uplink refuses a network of OVN whose uplink is neither a physical network nor a bridge of the default project. With
// none Incus makes one without, and LXD up to 6.9 does not know that (recorded).
func (t *tx) uplink(name string) error {
	isolated := name == "none" && t.server.Product == schema.Incus
	if name != "" && !isolated && t.number("SELECT count(*) FROM networks WHERE project_id=1 AND type IN (0,4) AND name=?",
		name) == 0 {
		return fmt.Errorf("Option \"network\" value %q is not one of the allowed uplink networks in project", name)
	}
	return nil
}

// parentFree refuses a parent that another network has on the member, unless they are of different VLANs.
func (t *tx) parentFree(id, node int64, config map[string]string) error {
	for _, row := range t.rows(`SELECT n.id FROM networks n JOIN networks_config c ON c.network_id=n.id
		WHERE n.id<>? AND n.state=1 AND c.node_id=? AND c.key='parent' AND c.value=?`, id, node, config["parent"]) {
		vlan := networkKind.global(t, t.int(row[0]))["vlan"]
		if vlan == "" || config["vlan"] == "" || vlan == config["vlan"] {
			return fmt.Errorf("Parent interface %q in use by another network", config["parent"])
		}
	}
	return nil
}

// parentsApart refuses a physical network while two networks, whichever they are, have one parent on a member that does
// not answer the call: later servers count them so (lxd 6.9, lxd/network/driver_physical.go checkParentUse; measured).
func (t *tx) parentsApart(id, answering int64, kind string) error {
	if kind != "physical" || !t.server.Does("counts parents", "") {
		return nil
	}
	own := overlay(networkKind.global(t, id), networkKind.ofMember(t, id, answering))
	if err := t.parentFree(id, answering, own); err != nil {
		return err
	}
	row := t.row(`SELECT c.value,n.name FROM networks_config c JOIN nodes n ON n.id=c.node_id
		WHERE c.key='parent' AND c.value<>'' AND c.node_id<>? GROUP BY c.node_id,c.value HAVING count(*)>1`, answering)
	if row == nil {
		return nil
	}
	return fmt.Errorf("Parent interface %q in use by another network on cluster member %q", row[0], row[1])
}

func (c *call) changeNetwork(before, body stored) error {
	check := func(config map[string]string) error { return c.checkNamed(before.name, before.text("type"), config) }
	return networkKind.change(c, before.id, body, check)
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
