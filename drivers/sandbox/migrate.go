package sandbox

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"time"
)

// offerLimit is how long an offer waits for somebody to take it (lxd 5.0.2, lxd/migrate_storage_volumes.go DoStorage).
const offerLimit = 10 * time.Second

// offer is a volume that a member sends to whoever knows the secrets.
type offer struct {
	pool, name  string
	project     int64
	control, fs string
}

// volumeSource says in the body of a new volume where its content comes from.
type volumeSource struct {
	Type, Mode, Operation, Certificate string
	Secrets                            struct{ Control, FS string }
}

// volumePost offers a volume to another member. Renaming one is left out: nobody asks for it.
func volumePost(c *call, body struct{ Migration bool }) (reply, error) {
	if c.query("target") == "" {
		if _, err := c.kindAt(customPath).find(c); err != nil {
			return reply{}, err
		}
	}
	if !body.Migration {
		return reply{}, fail(http.StatusNotImplemented, "not implemented")
	}
	return c.offerVolume()
}

// offerVolume starts the operation from which the volume is pulled. Whether there is one is not looked at yet
// (measured).
func (c *call) offerVolume() (reply, error) {
	project := c.volumeProject()
	o := &offer{pool: c.params["pool"], name: c.params["name"], project: project, control: newSecret(), fs: newSecret()}
	var op *operation
	op = c.at.newOperation("websocket", "Migrating storage volume", func(ctx context.Context) error {
		limit := time.NewTimer(offerLimit)
		defer limit.Stop()
		select {
		case <-limit.C:
			return errors.New("Timed out waiting for connections")
		case <-op.done:
		case <-ctx.Done():
		}
		return nil
	})
	op.offer, op.metadata = o, map[string]any{"control": o.control, "fs": o.fs}
	op.resources = map[string][]string{"storage_volumes": {"/1.0/storage_volumes/" + o.pool + "/volumes/custom/" + o.name}}
	return reply{op: op}, nil
}

// pullVolume makes a volume from one that another member offers: with the description and the configuration of the
// call.
func (c *call) pullVolume(body volume, add func()) (reply, error) {
	source := body.Source
	block, _ := pem.Decode([]byte(source.Certificate))
	switch {
	case source.Type != "migration":
		return reply{}, fail(http.StatusBadRequest, "Unknown source type %q", source.Type)
	case source.Mode != "pull":
		return reply{}, fail(http.StatusNotImplemented, "Mode '%s' not implemented", source.Mode)
	case source.Certificate != "" && block == nil:
		return reply{}, fail(http.StatusInternalServerError, "Invalid certificate")
	}
	err := c.takeOffer(source)
	if err == nil {
		err = c.world.faults.creating(c.at, "storage-volume")
	}
	if err == nil {
		add()
	} else {
		err = fmt.Errorf("Error transferring storage volume: %w", err)
	}
	return reply{op: c.at.newOperation("task", "Copying storage volume", func(context.Context) error { return err })}, nil
}

// takeOffer ends the operation of an offer, well if the volume is there. It fails as the one who pulls does.
func (c *call) takeOffer(source volumeSource) error {
	at, err := url.Parse(source.Operation)
	if err != nil {
		return err
	}
	op := c.operationAt(at)
	switch {
	case op == nil:
		return fmt.Errorf("Unable to connect to: %s ([dial tcp %s: connect: connection refused])", at.Host, at.Host)
	case op.offer == nil || op.offer.control != source.Secrets.Control || op.offer.fs != source.Secrets.FS:
		return errors.New("websocket: bad handshake")
	}
	o := op.offer
	if c.tx.number(`SELECT count(*) FROM storage_volumes v JOIN storage_pools sp ON sp.id=v.storage_pool_id JOIN nodes n ON n.id=v.node_id
		WHERE sp.name=? AND v.project_id=? AND v.type=2 AND v.name=? AND n.name=?`, o.pool, o.project, o.name, op.location) == 0 {
		project, _ := c.tx.text("SELECT name FROM projects WHERE id=?", o.project)
		op.end(statusFailure, fmt.Sprintf("Failed generating volume migration config: Storage volume %q in project %q of type \"custom\" does not exist on pool %q: Storage volume not found",
			o.name, project, o.pool))
		return errors.New("websocket: close 1000 (normal)")
	}
	op.end(statusSuccess, "")
	return nil
}

// operationAt returns the operation behind a URL: an empty one if the member that listens there knows of none, nil if
// no member does. LXD looks for it on the other members as well.
func (c *call) operationAt(at *url.URL) *operation {
	var found *operation
	for _, m := range c.at.cluster.members() {
		if m.up() && m.listens(c.Context(), at.Host) {
			found = &operation{}
		}
	}
	if found == nil {
		return nil
	}
	for _, m := range c.at.cluster.members() {
		if op := m.operations[path.Base(at.Path)]; op != nil && m.up() {
			return op
		}
	}
	return found
}

// copying is said before the reason why an instance could not be made on the member that it was to move to.
const copying = "Copy instance operation failed: Failed instance creation: "

// instanceMove renames an instance, or moves it to the member at ?target. One that runs cannot do either.
func instanceMove(c *call, view stored, body struct{ Name string }) (reply, error) {
	if body.Name == "" {
		body.Name = view.name
	}
	if !instanceName.MatchString(body.Name) {
		return reply{}, fail(http.StatusBadRequest,
			"Invalid instance name: Name can only contain alphanumeric and hyphen characters")
	}
	target := c.query("target")
	node := c.tx.number("SELECT node_id FROM instances WHERE id=?", view.id)
	if target != "" {
		var err error
		if node, err = c.place(target, false, "", ""); err != nil {
			return reply{}, prefixed("Failed to get target node: ", err)
		}
	}
	if denied := c.tx.allowed(c.instanceProject(), "member", c.tx.inGroup(node)); denied != nil && target != "" {
		return reply{op: c.at.failed("Migrating instance",
			prefixed(copying, denied))}, nil
	}
	other := c.tx.number(`SELECT id FROM instances WHERE name=? AND project_id=
		(SELECT project_id FROM instances WHERE id=?)`, body.Name, view.id)
	switch running := view.running(); {
	case other != 0 && (target == "" || other != view.id):
		return reply{}, fail(http.StatusConflict, "Name %q already in use", body.Name)
	case target != "" && target == view.text("location"):
		return reply{op: c.at.failed("Migrating instance",
			errors.New("Target must be different than instance's current location"))}, nil
	case target != "" && running:
		return reply{op: c.at.failed("Migrating instance",
			fmt.Errorf("Failed stopping instance %q: Unable to perform container live migration. CRIU isn't installed",
				view.name))}, nil
	case running:
		return reply{op: c.at.failed("Renaming instance", errors.New("Renaming of running container not allowed"))}, nil
	}
	if err := c.takesDisks(node, view); err != nil && target != "" {
		return reply{op: c.at.failed("Migrating instance", err)}, nil
	}
	c.tx.moveInstance(view.id, node, view.name, body.Name)
	return reply{op: c.at.finished("Moving instance")}, nil
}

// takesDisks refuses a member that has not got the volumes of the instance's disks. One whose root disk is on remote
// storage is not made anew, and nobody looks (lxd 5.0.2, lxd/instance_post.go migrateInstance); Incus 6.0.4 never does
// (measured).
func (c *call) takesDisks(node int64, v stored) error {
	devices := field[map[string]map[string]string](v, "expanded_devices")
	_, root := rootDisk(devices)
	driver, _ := c.tx.text("SELECT driver FROM storage_pools WHERE name=?", root["pool"])
	if root == nil || poolDrivers()[driver].remote || c.world.server.Does("moves without volumes", "") {
		return nil
	}
	if err := c.attaches(node, "add", devices); err != nil {
		return prefixed(copying+initialising, err)
	}
	return nil
}

func (t *tx) moveInstance(id, node int64, from, to string) {
	t.exec("UPDATE storage_volumes SET name=?,node_id=CASE WHEN node_id IS NULL THEN NULL ELSE ? END WHERE type IN (0,3) AND name=? AND project_id=(SELECT project_id FROM instances WHERE id=?)", to, node, from, id)
	t.exec("UPDATE instances SET name=?,node_id=? WHERE id=?", to, node, id)
}
