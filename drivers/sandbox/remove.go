package sandbox

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"clusterctl/drivers/sandbox/wire"
)

// removeMember removes a member: gracefully, which needs it running and empty, or with ?force=1 from the database
// only.
func (c *call) removeMember(v stored) error {
	cl, id := c.at.cluster, v.id
	force := c.query("force") == "1" || c.query("force") == "true"
	if force && int64(cl.leader) == id && !cl.up(cl.leader) {
		return errors.New("Missing event connection with target cluster member")
	}
	m := cl.member(id)
	if !force && !m.up() {
		cl.dropRaft(id)
		return unreachable("Delete", strings.TrimPrefix(v.text("url"), "https://"), c.tx.firstPart())
	}
	shown := c.tx.column("SELECT id FROM "+c.tx.trusted()+" WHERE name=? AND type=?", v.name, certServer)
	if len(shown) == 0 && c.tx.server.Does("counts identities", "") {
		return fail(http.StatusNotFound, "Failed removing member from database: Failed removing member %q certificate from "+
			"trust store: Identity not found", v.name)
	}
	c.tx.exec("DELETE FROM nodes WHERE id=?", id)
	for _, certificate := range shown {
		c.tx.do("distrust", "id", certificate)
	}
	cl.dropRaft(id)
	if m != nil && !force {
		if err := m.standalone(c.Context()); err != nil {
			return err
		}
	} else if m != nil {
		m.NodeID = -1 // its daemon is of no use: it still believes to be clustered
	}
	return cl.settleRoles(c.tx)
}

// firstPart is the path of what leaving deletes on the member first: a network, or else a pool.
func (t *tx) firstPart() string {
	if name, found := t.text("SELECT name FROM networks ORDER BY id"); found {
		return "/1.0/networks/" + name + "?project=default"
	}
	name, _ := t.text("SELECT name FROM storage_pools ORDER BY id")
	return "/1.0/storage-pools/" + name
}

// dropRaft takes a member out of the Raft configuration. The one that leads stays in it, as a spare, for its successor
// (measured). When two are left, the one that does not lead becomes a spare and stays so until a third joins
// (measured).
func (c *cluster) dropRaft(id int64) {
	led := int64(c.leader) == id
	if led {
		c.release(uint64(id))
		c.leader = 0
	} else {
		c.raft = slices.DeleteFunc(c.raft, func(n wire.Node) bool { return int64(n.ID) == id })
	}
	c.elect()
	for i := range c.raft {
		if len(c.raft) == 2 && c.raft[i].ID != c.leader {
			c.raft[i].Role = wire.Spare
		}
	}
}

// originKey is where an instance was before its member was evacuated.
const originKey = "volatile.evacuate.origin"

// evacuate takes a member out of service and moves its instances to others.
func (t *tx) evacuate(id int64) error {
	switch state, _ := t.text("SELECT state FROM nodes WHERE id=?", id); state {
	case stateMemberEvacuated:
		return errors.New("Cluster member is already evacuated")
	case stateMemberPending:
		return errors.New("Cannot evacuate or restore a pending cluster member")
	}
	t.exec("UPDATE nodes SET state=? WHERE id=?", stateMemberEvacuated, id)
	origin, _ := t.text("SELECT name FROM nodes WHERE id=?", id)
	for _, row := range t.rows("SELECT id,name FROM instances WHERE node_id=? ORDER BY name", id) {
		instance := t.int(row[0])
		policy, _ := t.text("SELECT value FROM instances_config WHERE instance_id=? AND key='cluster.evacuate'", instance)
		to := t.leastInstances("")
		if policy == "stop" || to == 0 {
			t.power(instance, powerOff)
			continue
		}
		t.insert("instances_config (instance_id,key,value)", instance, originKey, origin)
		t.moveInstance(instance, to, row[1], row[1])
	}
	return t.err
}

// restore takes it back into service, and its instances back to it.
func (t *tx) restore(id int64) error {
	if state, _ := t.text("SELECT state FROM nodes WHERE id=?", id); state != stateMemberEvacuated &&
		!t.server.Does("restores all", "") {
		return errors.New("Cluster member is already restored")
	}
	t.exec("UPDATE nodes SET state=? WHERE id=?", stateMemberCreated, id)
	origin, _ := t.text("SELECT name FROM nodes WHERE id=?", id)
	for _, row := range t.rows("SELECT i.id,i.name FROM instances i JOIN instances_config c ON c.instance_id=i.id WHERE c.key=? AND c.value=?", originKey, origin) {
		instance := t.int(row[0])
		t.moveInstance(instance, id, row[1], row[1])
		t.exec("DELETE FROM instances_config WHERE instance_id=? AND key=?", instance, originKey)
	}
	return t.err
}
