package sandbox

import (
	_ "embed" // for the words
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"clusterctl/drivers/sandbox/layout"
	"clusterctl/schema"
)

// pendingKind is a resource that is defined on each member before it is created: a storage pool or a network. The
// tables have the same shape, the texts differ (lxd 5.0.2, measured).
type pendingKind struct {
	entity string // as member_config has it
	path   string // of the collection, below /1.0/
	// table, nodes and config are its tables; owner is the column that refers to table.
	table, nodes, config, owner string
	// keys are those that belong to a member.
	keys []string
	// text are the daemon's words, memberStatus the status of the one about a key that is not a member's.
	text         map[string]string
	memberStatus int
}

//go:embed pending.tsv
var pendingLines string

// pendingWords are the daemon's words for an entity.
func pendingWords(entity string) map[string]string {
	words := map[string]string{}
	for _, c := range layout.Table(pendingLines) {
		if c[0] == entity {
			words[c[1]] = c[2]
		}
	}
	return words
}

var poolKind = pendingKind{
	entity: "storage-pool", path: "storage-pools", table: "storage_pools", nodes: "storage_pools_nodes",
	config: "storage_pools_config", owner: "storage_pool_id", memberStatus: http.StatusInternalServerError,
	keys: []string{"size", "source", "volatile.initial_source", "zfs.pool_name", "lvm.thinpool_name", "lvm.vg_name"},
	text: pendingWords("storage-pool"),
}

var networkKind = pendingKind{
	entity: "network", path: "networks", table: "networks", nodes: "networks_nodes", config: "networks_config",
	owner: "network_id", memberStatus: http.StatusBadRequest,
	keys: []string{"bgp.ipv4.nexthop", "bgp.ipv6.nexthop", "bridge.external_interfaces", "parent"},
	text: pendingWords("network"),
}

var pendingKinds = []pendingKind{poolKind, networkKind}

// The states of a pool or network, and of a member's part of one.
const (
	statePending = "0"
	stateCreated = "1"
	stateErrored = "2"
)

func (k pendingKind) isMemberKey(key string) bool { return slices.Contains(k.keys, key) }

// split parts a config into the cluster's keys and a member's.
func (k pendingKind) split(config map[string]string) (global, member map[string]string) {
	global, member = map[string]string{}, map[string]string{}
	for key, value := range config {
		if k.isMemberKey(key) {
			member[key] = value
		} else {
			global[key] = value
		}
	}
	return global, member
}

func (k pendingKind) global(t *tx, id int64) map[string]string {
	return t.pairs("SELECT key,value FROM "+k.config+" WHERE "+k.owner+"=? AND node_id IS NULL", id)
}

func (k pendingKind) ofMember(t *tx, id, node int64) map[string]string {
	return t.pairs("SELECT key,value FROM "+k.config+" WHERE "+k.owner+"=? AND node_id=?", id, node)
}

func (k pendingKind) putGlobal(t *tx, id int64, config map[string]string) { k.put(t, id, nil, config) }

func (k pendingKind) putMember(t *tx, id, node int64, config map[string]string) {
	k.put(t, id, node, config)
}

// put replaces the keys of a member, or with nil those of the cluster.
func (k pendingKind) put(t *tx, id int64, node any, config map[string]string) {
	t.exec("DELETE FROM "+k.config+" WHERE "+k.owner+"=? AND node_id IS ?", id, node)
	for _, key := range sortedKeys(config) {
		if config[key] != "" {
			t.insert(k.config+" ("+k.owner+",node_id,key,value)", id, node, key, config[key])
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

func (k pendingKind) memberState(t *tx, id, node int64) string {
	state, _ := t.text("SELECT state FROM "+k.nodes+" WHERE "+k.owner+"=? AND node_id=?", id, node)
	return state
}

func (k pendingKind) setMemberState(t *tx, id, node int64, state string) {
	t.exec("UPDATE "+k.nodes+" SET state=? WHERE "+k.owner+"=? AND node_id=?", state, id, node)
}

func (k pendingKind) addMember(t *tx, id, node int64, state string) {
	t.insert(k.nodes+" ("+k.owner+",node_id,state)", id, node, state)
}

// users are the paths of what uses one, which users.sql finds.
func (k pendingKind) users(t *tx, name string) []string {
	query := map[string]string{poolKind.entity: "pool", networkKind.entity: "network"}[k.entity]
	return t.column(t.server.Query(query), values([]any{"name", name, "node", 0,
		"snapshots", t.server.Product == schema.LXD})...)
}

// memberKeys are the entries of member_config that GET /1.0/cluster offers.
func (k pendingKind) memberKeys(t *tx) []memberKey {
	var out []memberKey
	nouns := map[string]string{"storage-pool": "storage pool", "network": "network"}
	rows := t.rows("SELECT DISTINCT x.name,c.key FROM " + k.table + " x JOIN " + k.config + " c ON c." + k.owner +
		"=x.id WHERE c.node_id IS NOT NULL ORDER BY x.id,c.key")
	for _, row := range rows {
		if strings.HasPrefix(row[1], "volatile.") {
			continue
		}
		out = append(out, memberKey{Entity: k.entity, Name: row[0], Key: row[1],
			Description: fmt.Sprintf("%q property for %s %q", row[1], nouns[k.entity], row[0])})
	}
	return out
}

// define is the first phase: the object becomes pending on one member. The id is 0 when the object is new.
func (k pendingKind) define(c *call, id int64, sameType bool, config map[string]string, check func() error,
	insert func() int64) error {
	for _, key := range sortedKeys(config) {
		if !k.isMemberKey(key) {
			return fail(k.memberStatus, k.text["memberKey"], key)
		}
	}
	target := c.query("target")
	node := c.tx.number("SELECT id FROM nodes WHERE name=?", target)
	if node == 0 || !c.at.cluster.clustered {
		return fail(http.StatusNotFound, "Cluster member not found")
	}
	if err := check(); err != nil {
		return fail(http.StatusBadRequest, "%v", err)
	}
	switch {
	case id == 0:
		id = insert()
	case k.state(c.tx, id) != statePending:
		return fmt.Errorf("%s", k.text["notPending"])
	case !sameType:
		return fmt.Errorf("%s", k.text["otherType"])
	case k.memberState(c.tx, id, node) != "":
		return fail(http.StatusBadRequest, k.text["defined"], target)
	}
	k.addMember(c.tx, id, node, statePending)
	k.putMember(c.tx, id, node, config)
	return c.tx.err
}

// ready checks what the second phase needs: a pending or errored object that is defined on every member, and no keys of
// one. The mismatch is what speaks against the type of what is defined.
func (k pendingKind) ready(c *call, id int64, config map[string]string, mismatch error) error {
	for _, key := range sortedKeys(config) {
		if k.isMemberKey(key) {
			return fmt.Errorf("Config key %q is cluster member specific", key)
		}
	}
	if id == 0 {
		mismatch = errors.New(k.text["nowhere"])
	}
	if mismatch != nil {
		return mismatch
	}
	switch state := k.state(c.tx, id); {
	case state == stateErrored && len(config) > 0:
		return fmt.Errorf("%s", k.text["partial"])
	case state == stateCreated:
		return fmt.Errorf("%s", k.text["created"])
	}
	missing := c.tx.column("SELECT name FROM nodes WHERE id NOT IN (SELECT node_id FROM "+k.nodes+" WHERE "+k.owner+"=?) ORDER BY id", id)
	if len(missing) > 0 {
		return fmt.Errorf(k.text["partly"], strings.Join(missing, ", "))
	}
	return nil
}

// instantiate is the second phase: create runs for the member that was asked, then own, then create for every other
// member. What was done before a failure stays, and the object is errored.
func (k pendingKind) instantiate(c *call, id int64, config map[string]string, create func(node int64) error,
	own func()) error {
	if k.state(c.tx, id) != stateErrored {
		k.putGlobal(c.tx, id, config)
	}
	k.setState(c.tx, id, stateErrored)
	if err := c.peersUp(); err != nil {
		return halfDone("%v", err)
	}
	if err := k.instantiateOn(c, id, c.at.NodeID, create); err != nil {
		return halfDone("%v", err)
	}
	own()
	if c.world.faults.strike(FaultDie, c.at) {
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

// createAlone is the creation on a server that is alone; the object's row is there.
func (k pendingKind) createAlone(c *call, id int64, config map[string]string) {
	global, member := k.split(config)
	k.putGlobal(c.tx, id, global)
	k.addMember(c.tx, id, c.at.NodeID, stateCreated)
	k.putMember(c.tx, id, c.at.NodeID, member)
}

// instantiateOn creates one member's part unless it is there.
func (k pendingKind) instantiateOn(c *call, id, node int64, create func(node int64) error) error {
	if k.memberState(c.tx, id, node) == stateCreated {
		return nil
	}
	m := c.at.cluster.member(node)
	if !m.up() {
		address, _ := c.tx.text("SELECT address FROM nodes WHERE id=?", node)
		return unreachable("Get", address, "/1.0")
	}
	if err := c.world.faults.creating(m, k.entity); err != nil {
		return err
	}
	if err := k.create(c, m, id, node, create); err != nil {
		return err
	}
	k.setMemberState(c.tx, id, node, stateCreated)
	return c.tx.err
}

// inPhases reports whether a creation without ?target is the second phase of one: in a cluster, and for what is there
// and not created.
func (k pendingKind) inPhases(c *call, id int64) bool {
	members := c.tx.number("SELECT count(*) FROM nodes WHERE state<>?", stateMemberPending)
	return members > 1 || id != 0 && k.state(c.tx, id) != stateCreated
}

// change is an update of the cluster's keys, or of those of the member at ?target. With a target, a PUT drops the
// cluster's keys that it does not name, as LXD 5.0.2 does.
func (k pendingKind) change(c *call, id int64, body stored, check func(map[string]string) error) error {
	target, given := c.query("target"), body.config()
	global, member := k.global(c.tx, id), k.ofMember(c.tx, id, c.at.NodeID)
	for _, key := range sortedKeys(given) {
		switch {
		case target == "" && c.at.cluster.clustered && k.isMemberKey(key):
			return fail(http.StatusBadRequest, "Config key %q is cluster member specific", key)
		case target != "" && !k.isMemberKey(key) && given[key] != global[key]:
			return fail(http.StatusBadRequest, k.text["targetKey"], key)
		}
	}
	if target == "" && k.state(c.tx, id) != stateCreated {
		return fail(http.StatusBadRequest, "%s", k.text["notCreated"])
	}
	if err := check(given); err != nil {
		return fail(http.StatusBadRequest, "%v", err)
	}
	newGlobal, newMember := k.split(given)
	if c.Method == http.MethodPatch {
		newGlobal, newMember = overlay(global, newGlobal), overlay(member, newMember)
	} else if target == "" && c.at.cluster.clustered {
		newMember = member
	}
	if newMember["source"] != member["source"] && k.memberState(c.tx, id, c.at.NodeID) != statePending {
		return errors.New("Pool source cannot be changed when not in pending state")
	}
	if target == "" {
		if err := c.reachPeers("/1.0/" + k.path + "/" + c.params["name"] + k.inProject(c)); err != nil {
			return err
		}
	}
	k.putGlobal(c.tx, id, newGlobal)
	k.putMember(c.tx, id, c.at.NodeID, newMember)
	c.tx.exec("UPDATE "+k.table+" SET description=? WHERE id=?", body.text("description"), id)
	return nil
}

// inProject is how LXD says the project in calls of the other members.
func (k pendingKind) inProject(c *call) string {
	if k.entity == poolKind.entity {
		return ""
	}
	return "?project=" + c.project()
}

func (k pendingKind) remove(c *call, v stored) error {
	if users := string(v.fields["used_by"]); users != "[]" && users != "null" {
		return fail(http.StatusBadRequest, "%s", k.text["inUse"])
	}
	if err := c.reachPeers("/1.0/" + k.path + "/" + c.params["name"] + k.inProject(c)); err != nil {
		return err
	}
	c.tx.exec("DELETE FROM "+k.table+" WHERE id=?", v.id)
	return nil
}
