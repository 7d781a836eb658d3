package sandbox

import (
	"errors"
	"fmt"
)

// evacuate takes a member out of service and moves its instances to others.
func (t *tx) evacuate(id int64) error {
	switch state, _ := t.text("SELECT state FROM nodes WHERE id=?", id); state {
	case stateMemberEvacuated:
		return errors.New("Cluster member is already evacuated")
	case stateMemberPending:
		return errors.New("Cannot evacuate or restore a pending cluster member")
	}
	t.exec("UPDATE nodes SET state=? WHERE id=?", stateMemberEvacuated, id)
	return t.err
}

// restore takes it back into service.
func (t *tx) restore(id int64) error {
	state, _ := t.text("SELECT state FROM nodes WHERE id=?", id)
	if state != stateMemberEvacuated {
		return fmt.Errorf("Cluster member is already restored")
	}
	t.exec("UPDATE nodes SET state=? WHERE id=?", stateMemberCreated, id)
	return t.err
}
