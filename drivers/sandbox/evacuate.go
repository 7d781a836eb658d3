package sandbox

import (
	"errors"
	"strconv"
)

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
		instance, err := strconv.ParseInt(row[0], 10, 64)
		if err != nil {
			return err
		}
		policy, _ := t.text("SELECT value FROM instances_config WHERE instance_id=? AND key='cluster.evacuate'", instance)
		to := t.leastInstances("")
		if policy == "stop" || to == 0 {
			t.power(instance, powerOff)
			continue
		}
		t.exec("INSERT INTO instances_config (instance_id,key,value) VALUES (?,?,?)", instance, originKey, origin)
		t.moveInstance(instance, to, row[1], row[1])
	}
	return t.err
}

// restore takes it back into service, and its instances back to it.
func (t *tx) restore(id int64) error {
	state, _ := t.text("SELECT state FROM nodes WHERE id=?", id)
	if state != stateMemberEvacuated {
		return errors.New("Cluster member is already restored")
	}
	t.exec("UPDATE nodes SET state=? WHERE id=?", stateMemberCreated, id)
	origin, _ := t.text("SELECT name FROM nodes WHERE id=?", id)
	for _, row := range t.rows("SELECT i.id,i.name FROM instances i JOIN instances_config c ON c.instance_id=i.id WHERE c.key=? AND c.value=?", originKey, origin) {
		instance, err := strconv.ParseInt(row[0], 10, 64)
		if err != nil {
			return err
		}
		t.moveInstance(instance, id, row[1], row[1])
		t.exec("DELETE FROM instances_config WHERE instance_id=? AND key=?", instance, originKey)
	}
	return t.err
}
