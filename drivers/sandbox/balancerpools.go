package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"clusterctl/schema"
)

// balancerPools is the extension of servers that have pools of instances for load balancers.
const balancerPools = "network_load_balancer_pool"

// balancerPoolRoutes serve these pools, which have no PATCH (lxd 6.9, lxd/network_load_balancers.go).
func balancerPoolRoutes() []route {
	const missing = "Network load balancer pool not found"
	all := kind[balancerPool]{path: "/1.0/networks/{network}/load-balancer-pools",
		table: "networks_load_balancer_pools", read: (*call).balancerPools,
		missing: notFound(missing, "Failed deleting load balancer pool: "+missing),
		create:  (*call).createBalancerPool, change: (*call).changeBalancerPool,
		remove: (*call).removeBalancerPool}.routes()
	return slices.DeleteFunc(all, func(r route) bool { return r.method == http.MethodPatch })
}

type balancerPool struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Config      map[string]string `json:"config"`
	Instances   []pooledInstance  `json:"instances"`
	UsedBy      []string          `json:"used_by"`

	id int64
}

type pooledInstance struct {
	Name       string `json:"name"`
	TargetPort string `json:"target_port,omitempty"`
}

func (v balancerPool) key() (int64, string) { return v.id, v.Name }

func (v balancerPool) tag() any { return []any{v.Name, v.Description, v.Config, v.Instances} }

// balancerPools are those of a network, for projects with networks of their own alone.
func (c *call) balancerPools(name string) []balancerPool {
	network := c.balancerNetwork()
	if !c.tx.feature(c.tx.project(c.project(), ""), "features.networks") {
		c.tx.refuse(fail(http.StatusBadRequest, "Project %q requires features.networks=true", c.project()))
	}
	return each(c.tx, func(id int64, row []string) balancerPool {
		v := balancerPool{id: id, Name: row[0], Description: row[1], Instances: []pooledInstance{}, UsedBy: []string{},
			Config: c.tx.config("networks_load_balancer_pools_config", "network_load_balancer_pool_id", id)}
		for _, own := range c.tx.rows(`SELECT i.name,CASE x.target_port WHEN 0 THEN '' ELSE x.target_port END
			FROM networks_load_balancer_pools_instances x JOIN instances i ON i.id=x.instance_id
			WHERE x.network_load_balancer_pool_id=? ORDER BY i.id`, id) {
			v.Instances = append(v.Instances, pooledInstance{own[0], own[1]})
		}
		for _, address := range c.tx.leading(network.id, v.Name) {
			path := "/1.0/networks/" + network.Name + "/load-balancers/" + address
			v.UsedBy = append(v.UsedBy, inProject(path, c.project()))
		}
		return v
	}, "SELECT id,name,description FROM networks_load_balancer_pools WHERE network_id=? AND ? IN ('',name) ORDER BY name",
		network.id, name)
}

// leading are the addresses of the load balancers of a network with a port that leads to a pool.
func (t *tx) leading(network int64, pool string) []string {
	return schema.Map(schema.Filter(t.balancersOf(network, ""), func(v balancer) bool {
		return slices.ContainsFunc(v.Ports, func(p balancerPort) bool { return p.TargetPool == pool })
	}), func(v balancer) string { return v.ListenAddress })
}

func (c *call) createBalancerPool(body balancerPool) error {
	const doing = "Failed creating load balancer pool: "
	network := c.balancerNetwork()
	if body.Config == nil {
		return errBroken // it writes the protocol into what is not there, and dies (measured)
	}
	if err := c.checkBalancerPool(body); err != nil {
		return prefixed(doing, err)
	}
	if len(c.balancerPools(body.Name)) > 0 {
		return fail(http.StatusBadRequest, doing+"Pool with name %q already exists on network %q",
			body.Name, network.Name)
	}
	return c.storeBalancerPool(c.tx.insert("networks_load_balancer_pools (network_id,name,description)", network.id,
		body.Name, ""), body)
}

func (c *call) changeBalancerPool(before, body balancerPool) error {
	const doing = "Failed updating load balancer pool: "
	network := c.balancerNetwork()
	if body.Config == nil {
		return errBroken
	}
	body.Name = before.Name
	if err := c.checkBalancerPool(body); err != nil {
		return prefixed(doing, err)
	}
	err := c.storeBalancerPool(before.id, body)
	for _, v := range c.tx.balancersOf(network.id, "") {
		for _, port := range v.Ports {
			if port.TargetPool != body.Name || err != nil {
				continue
			}
			// The rest is taken back, its instances are not (measured).
			if err = c.leadsToPool(network, port); err != nil {
				before.Instances = body.Instances
				err = halfDone("%sFailed updating load balancer %q: %v", doing, v.ListenAddress,
					errors.Join(err, c.storeBalancerPool(before.id, before)))
			}
		}
	}
	return err
}

func (c *call) storeBalancerPool(id int64, body balancerPool) error {
	c.tx.exec("UPDATE networks_load_balancer_pools SET description=? WHERE id=?", body.Description, id)
	config := overlay(body.Config, nil)
	if config["protocol"] == "" {
		config["protocol"] = "tcp"
	}
	c.tx.putConfig("networks_load_balancer_pools_config", "network_load_balancer_pool_id", id, config)
	return c.tx.fillPool(id, c.networkProject(), body.Instances)
}

// fillPool gives a pool these instances of a project and no others.
func (t *tx) fillPool(id, project int64, list []pooledInstance) error {
	t.exec("DELETE FROM networks_load_balancer_pools_instances WHERE network_load_balancer_pool_id=?", id)
	for i, own := range list {
		if slices.ContainsFunc(list[:i], func(p pooledInstance) bool { return p.Name == own.Name }) {
			return fail(http.StatusInternalServerError,
				"Failed adding instance %q to pool: UNIQUE constraint failed: networks_load_balancer_pools_instances.network_load_balancer_pool_id, networks_load_balancer_pools_instances.instance_id",
				own.Name)
		}
		port, _ := strconv.Atoi(own.TargetPort) // none is 0
		t.exec("INSERT INTO networks_load_balancer_pools_instances (network_load_balancer_pool_id,instance_id,target_port) "+
			"SELECT ?,id,? FROM instances WHERE project_id=? AND name=?", id, port, project, own.Name)
	}
	return nil
}

// checkBalancerPool refuses what the daemon refuses (lxd 6.9, lxd/network/driver_ovn.go loadBalancerPoolValidate).
func (c *call) checkBalancerPool(v balancerPool) error {
	if at := strings.IndexAny(v.Name, "/?&+:"); at >= 0 {
		return fail(http.StatusBadRequest, "Cannot contain %q", v.Name[at:at+1])
	}
	for _, own := range v.Instances {
		if c.tx.number("SELECT count(*) FROM instances WHERE project_id=? AND name=?", c.networkProject(), own.Name) == 0 {
			return fail(http.StatusBadRequest, "Instance %q does not exist in project %q", own.Name, c.project())
		}
		if err := checkPort(own.TargetPort); own.TargetPort != "" && err != nil {
			return err
		}
	}
	const invalid = "Invalid value for pool %q option %q: "
	if protocol := v.Config["protocol"]; protocol != "" && protocol != "tcp" && protocol != "udp" {
		return fmt.Errorf(invalid+"Invalid value %q (not one of [tcp udp])", v.Name, "protocol", protocol)
	}
	if err := checkPort(v.Config["target_port"]); err != nil {
		return fmt.Errorf(invalid+"%w", v.Name, "target_port", err)
	}
	for _, key := range sortedKeys(v.Config) {
		if key != "protocol" && key != "target_port" && !strings.HasPrefix(key, "user.") {
			return strange(http.StatusBadRequest, "Invalid option %q", key)
		}
	}
	return nil
}

func checkPort(text string) error {
	if _, err := strconv.ParseUint(text, 10, 16); err != nil {
		return fmt.Errorf("Invalid port number %q", text)
	}
	return nil
}

func (c *call) removeBalancerPool(v balancerPool) error {
	if len(c.tx.leading(c.balancerNetwork().id, v.Name)) > 0 {
		return fail(http.StatusBadRequest,
			"Failed deleting load balancer pool: Pool %q is still referenced by at least one load balancer port", v.Name)
	}
	return nil
}

// leadsToPool refuses a port whose pool is not there, has another protocol or an instance that is not in the network
// (lxd 6.9, lxd/network/driver_ovn.go checkLoadBalancerPoolInstances).
func (c *call) leadsToPool(network network, port balancerPort) error {
	if !c.world.server.Has(balancerPools) {
		return nil
	}
	found := c.balancerPools(port.TargetPool)
	if len(found) == 0 {
		return fail(http.StatusNotFound, "Network load balancer pool not found")
	}
	if protocol := found[0].Config["protocol"]; protocol != port.Protocol {
		return fmt.Errorf("Cannot use pool protocol %q with port protocol %q", protocol, port.Protocol)
	}
	for _, own := range found[0].Instances {
		for _, v := range c.instances(own.Name) {
			if !v.within(network.Name) {
				return fmt.Errorf("Instance %q does not have a device in network %q", own.Name, network.Name)
			}
		}
	}
	return nil
}

// within reports an instance with a network card in that network.
func (v instance) within(network string) bool {
	for _, device := range v.ExpandedDevices {
		if device["type"] == "nic" && device["network"] == network {
			return true
		}
	}
	return false
}

// strandsPooled refuses a change that takes from an instance, by itself or by a profile, what connects it with the
// network of a pool that it is in. By itself it may, while no load balancer leads there (lxd 6.9,
// lxd/profiles_utils.go checkProfileNICDeviceUsage and lxd/device/nic_ovn.go PreRemoveCheck; the first was measured).
func (c *call) strandsPooled(profile, own int64) error {
	if !c.world.server.Has(balancerPools) {
		return nil
	}
	for _, row := range c.tx.rows(`SELECT i.id,n.id,n.name,l.name FROM networks_load_balancer_pools_instances x
		JOIN instances i ON i.id=x.instance_id
		JOIN networks_load_balancer_pools l ON l.id=x.network_load_balancer_pool_id
		JOIN networks n ON n.id=l.network_id WHERE i.id=? OR EXISTS
		(SELECT 1 FROM instances_profiles p WHERE p.instance_id=i.id AND p.profile_id=?)`, own, profile) {
		for _, v := range each(c.tx, c.viewInstance, "SELECT "+instanceColumns+" WHERE i.id=?", row[0]) {
			leading := c.tx.leading(c.tx.int(row[1]), row[3])
			switch {
			case v.within(row[2]):
			case profile != 0:
				return errors.New("At least one instance relies on this profile's nic device for network load balancer pool membership")
			case len(leading) > 0:
				return fail(http.StatusBadRequest, "Instance %q is referenced by load balancer pool %q and listen address %q", v.Name,
					row[3], leading[0])
			}
		}
	}
	return nil
}

// poolCopied gives the pools of a copy the instances that they have in the cluster.
func (t *tx) poolCopied(live schema.Cluster) {
	for _, o := range live.OfKind(balancerPools) {
		var list []pooledInstance
		_ = json.Unmarshal([]byte(o.Attrs["instances"]), &list) // made of these, or empty
		network, name, _ := strings.Cut(o.Ref.Name, "/")
		row := t.row(`SELECT l.id,n.project_id FROM networks_load_balancer_pools l JOIN networks n ON n.id=l.network_id
			JOIN projects p ON p.id=n.project_id WHERE p.name=? AND n.name=? AND l.name=?`,
			o.Ref.Project, network, name)
		if row != nil {
			t.note(t.fillPool(t.int(row[0]), t.int(row[1]), list), "instances of "+o.Ref.Name)
		}
	}
}
