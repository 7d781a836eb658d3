package sandbox

import (
	"fmt"
	"net/http"
)

// instanceMove renames an instance, or moves it to the member at ?target. One that runs cannot do either.
func instanceMove(c *call) (reply, error) {
	view, err := instances().find(c)
	if err != nil {
		return reply{}, err
	}
	var body struct {
		Name string `json:"name"`
	}
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if body.Name == "" {
		body.Name = view.Name
	}
	if !instanceName.MatchString(body.Name) {
		return reply{}, badInstanceName()
	}
	target := c.query("target")
	node := c.tx.number("SELECT node_id FROM instances WHERE id=?", view.id)
	if target != "" {
		if node, err = c.place(target, false, "", ""); err != nil {
			return reply{}, prefixed("Failed to get target node: ", err)
		}
	}
	other := c.tx.number(`SELECT id FROM instances WHERE name=? AND project_id=
		(SELECT project_id FROM instances WHERE id=?)`, body.Name, view.id)
	switch running := view.running(); {
	case other != 0 && (target == "" || other != view.id):
		return reply{}, fail(http.StatusConflict, "Name %q already in use", body.Name)
	case target != "" && target == view.Location:
		return reply{op: c.at.failed("Migrating instance", "Target must be different than instance's current location")}, nil
	case target != "" && running:
		return reply{op: c.at.failed("Migrating instance",
			fmt.Sprintf("Failed stopping instance %q: Unable to perform container live migration. CRIU isn't installed",
				view.Name))}, nil
	case running:
		return reply{op: c.at.failed("Renaming instance", "Renaming of running container not allowed")}, nil
	}
	c.tx.moveInstance(view.id, node, view.Name, body.Name)
	return reply{op: c.at.finished("Moving instance")}, nil
}

func badInstanceName() error {
	return fail(http.StatusBadRequest, "Invalid instance name: Name can only contain alphanumeric and hyphen characters")
}

func (t *tx) moveInstance(id, node int64, from, to string) {
	t.exec("UPDATE storage_volumes SET name=?,node_id=CASE WHEN node_id IS NULL THEN NULL ELSE ? END WHERE type IN (0,3) AND name=? AND project_id=(SELECT project_id FROM instances WHERE id=?)", to, node, from, id)
	t.exec("UPDATE instances SET name=?,node_id=? WHERE id=?", to, node, id)
}
