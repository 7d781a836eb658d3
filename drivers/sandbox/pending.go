package sandbox

import (
	"net/http"
	"slices"
	"strings"

	"clusterctl/drivers/sandbox/layout"
	"clusterctl/schema"
)

// pendingKind is a resource that is defined on each member before it is created: a storage pool or a network. The
// tables have the same shape; what is refused of both is in collections-phased.sql.
type pendingKind struct {
	// entity is what member_config calls it, path that of its collection; owner is the column that refers to table.
	entity, path, table, owner string
}

var (
	poolKind    = pendingKind{"storage-pool", "/1.0/storage-pools", "storage_pools", "storage_pool_id"}
	networkKind = pendingKind{"network", "/1.0/networks", "networks", "network_id"}
)

var pendingKinds = []pendingKind{poolKind, networkKind}

// The states of a pool or network, and of a member's part of one.
const (
	statePending = "0"
	stateCreated = "1"
	stateErrored = "2"
)

// isMemberKey reports a key that belongs to a member.
func (k pendingKind) isMemberKey(s *layout.Server, key string) bool {
	return slices.Contains(strings.Fields(s.Collection(k.path).Say("phased")), key)
}

// config are the keys of a member, or with nil those of the cluster.
func (k pendingKind) config(t *tx, id int64, node any) map[string]string {
	return t.pairs("SELECT key,value FROM "+k.table+"_config WHERE "+k.owner+"=? AND node_id IS ?", id, node)
}

// put replaces them.
func (k pendingKind) put(t *tx, id int64, node any, config map[string]string) {
	t.exec("DELETE FROM "+k.table+"_config WHERE "+k.owner+"=? AND node_id IS ?", id, node)
	for _, key := range sortedKeys(config) {
		if config[key] != "" {
			t.insert(k.table+"_config ("+k.owner+",node_id,key,value)", id, node, key, config[key])
		}
	}
}

func (k pendingKind) state(t *tx, id int64) string {
	state, _ := t.text("SELECT state FROM "+k.table+" WHERE id=?", id)
	return state
}

func (k pendingKind) setState(t *tx, id int64, state string) {
	t.exec("UPDATE "+k.table+" SET state=? WHERE id=?", state, id)
}

// users are the paths of what uses one, which users.sql finds.
func (k pendingKind) users(t *tx, name string) []string {
	return t.column(t.server.Query(strings.TrimPrefix(k.entity, "storage-")), values([]any{"name", name, "node", 0,
		"snapshots", t.server.Product == schema.LXD})...)
}

// inPhases reports whether a creation without ?target is the second phase of one: in a cluster, and for what is there
// and not created.
func (k pendingKind) inPhases(c *call, id int64) bool {
	members := c.tx.number("SELECT count(*) FROM nodes WHERE state<>?", stateMemberPending)
	return members > 1 || id != 0 && k.state(c.tx, id) != stateCreated
}

// create is the first phase, which defines it on the member at ?target, or the second, in which make makes the part of
// each member, or makes it on a server that is alone. The id is 0 when it is new: in the second phase the server
// defines it on every member by itself.
func (k pendingKind) create(c *call, id int64, body stored, make func(m *member, id int64) error) error {
	of := c.kindAt(k.path)
	c.complete(body)
	if c.query("target") != "" || !k.inPhases(c, id) {
		return of.store(c, stored{id: id}, body)
	}
	err := of.refused(c, c.Method, id)
	if err == nil && id == 0 {
		id, err = of.write(c, 0, body)
	}
	if err != nil {
		return err
	}
	return k.instantiate(c, id, body, func(m *member) error { return make(m, id) })
}

// made is the creation on a server that is alone; the rows are there.
func (k pendingKind) made(c *call, id int64, body stored) error {
	if c.Method != http.MethodPost || k.state(c.tx, id) != stateCreated {
		return nil
	}
	if err := c.world.faults.creating(c.at, k.entity); err != nil || k != poolKind {
		return err
	}
	return c.tx.makePool(id, c.at.NodeID, body.name, body.text("driver"))
}

// instantiate is the second phase: create runs for the member that was asked, then for every other member. What was
// done before a failure stays, and the object is errored. LXD 5.0.2 drops the description of a network.
func (k pendingKind) instantiate(c *call, id int64, body stored, create func(m *member) error) error {
	if k.state(c.tx, id) != stateErrored {
		k.put(c.tx, id, nil, body.config())
	}
	k.setState(c.tx, id, stateErrored)
	if err := c.peersUp(); err != nil {
		return halfDone("%v", err)
	}
	if err := k.instantiateOn(c, id, c.at.NodeID, create); err != nil {
		return halfDone("%v", err)
	}
	if k == poolKind {
		c.tx.exec("UPDATE storage_pools SET description=? WHERE id=?", body.text("description"), id)
	}
	if _, dies := c.world.faults.strike(FaultDie, c.at); dies {
		c.at.kill()
		return halfDone("EOF")
	}
	var first error
	for _, p := range c.peers() { // all are asked, whatever one of them says
		if err := k.instantiateOn(c, id, p.id, create); err != nil && first == nil {
			first = halfDone("failed to notify peer %s: %v", p.address, err)
		}
	}
	if first != nil {
		return first
	}
	k.setState(c.tx, id, stateCreated)
	return c.tx.err
}

// instantiateOn creates one member's part unless it is there.
func (k pendingKind) instantiateOn(c *call, id, node int64, create func(m *member) error) error {
	const part = "_nodes WHERE state<>? AND node_id=? AND "
	if c.tx.number("SELECT count(*) FROM "+k.table+part+k.owner+"=?", stateCreated, node, id) == 0 {
		return c.tx.err
	}
	m := c.at.cluster.member(node)
	if !m.up() {
		address, _ := c.tx.text("SELECT address FROM nodes WHERE id=?", node)
		return unreachable("Get", address, "/1.0")
	}
	if err := c.world.faults.creating(m, k.entity); err != nil {
		return err
	}
	if err := k.createOn(c, m, id, create); err != nil {
		return err
	}
	c.tx.exec("UPDATE "+k.table+"_nodes SET state=? WHERE "+k.owner+"=? AND node_id=?", stateCreated, id, node)
	return c.tx.err
}

// badRequest is the refusal of a definition or of a change.
func (c *call) badRequest(err error) error {
	if err != nil && (c.Method != http.MethodPost || c.query("target") != "") {
		return fail(http.StatusBadRequest, "%v", err)
	}
	return err
}
