package apply

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"clusterctl/drivers"
	"clusterctl/plan"
)

// volume is GET /1.0/storage-pools/POOL/volumes/custom/NAME.
type volume struct {
	Description string            `json:"description"`
	ContentType string            `json:"content_type"`
	Config      map[string]string `json:"config"`
	UsedBy      []string          `json:"used_by"`
	// snapshots are the names, from a call of their own.
	snapshots []string
}

// volumeMove is the move of one volume, as lxc storage volume move does it: the source offers it in an operation with
// secrets, and the target pulls it from there. The copy carries plan.MoveMark until the original is deleted.
type volumeMove struct {
	*task
	plan.Move
}

// move copies a volume to another member, and deletes it where it was once the copy is whole and in the database.
// Whatever fails before that leaves the original as it was. A copy that was broken off shows by its mark, and the next
// plan names it.
func (t *task) move(ctx context.Context, m plan.Move) error {
	v := volumeMove{t, m}
	original, err := v.original(ctx)
	if err != nil {
		return err
	}
	offer, err := v.copy(ctx, original)
	if err != nil {
		return fmt.Errorf("%w; nothing was deleted: %s still has it", err, v.From)
	}
	if err := v.complete(ctx, original, offer); err != nil {
		return v.both(err)
	}
	if err := v.delete(ctx); err != nil {
		return v.both(err)
	}
	if err := v.finish(ctx, original); err != nil {
		return fmt.Errorf("%w; the volume is whole and on %s alone: all that is left is to set its configuration as it was, without %s", err, v.To, plan.MoveMark)
	}
	return nil
}

func (v volumeMove) list() string {
	return "/1.0/storage-pools/" + url.PathEscape(v.Pool) + "/volumes/custom"
}

func (v volumeMove) path() string { return v.list() + "/" + url.PathEscape(v.Name) }

// both is a failure between the copy and the deletion.
func (v volumeMove) both(err error) error {
	return fmt.Errorf("%w; %s has it still, and %s has a copy with %s set: nothing was deleted; plan again to hear how to go on", err, v.From, v.To, plan.MoveMark)
}

func (v volumeMove) query(member string) map[string]string {
	return query(plan.Request{Target: member, Project: v.Project})
}

// on reads the volume that a member has.
func (v volumeMove) on(ctx context.Context, member string) (volume, error) {
	var found volume
	if _, err := v.get(ctx, v.step.Member, v.path(), v.query(member), &found); err != nil {
		return found, err
	}
	var err error
	found.snapshots, err = v.snapshots(ctx, member)
	return found, err
}

// snapshots reads the names of the snapshots that a member has of the volume, from the list of all volumes: asked for
// the snapshots of one, a daemon of LXD 5.0.2 tells its own, whatever the target.
func (v volumeMove) snapshots(ctx context.Context, member string) ([]string, error) {
	var list []struct{ Name, Location string }
	all := v.query("")
	all["recursion"] = "1"
	if _, err := v.get(ctx, v.step.Member, v.list(), all, &list); err != nil {
		return nil, err
	}
	var names []string
	for _, listed := range list {
		if name, is := strings.CutPrefix(listed.Name, v.Name+"/"); is && listed.Location == member {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// original reads what is to be moved. It looks before anything starts whether that can end well: LXD 5.0.2 offers
// volumes that it does not have, and refuses to delete those that are in use only after they are copied.
func (v volumeMove) original(ctx context.Context) (volume, error) {
	v.say("looking at it on %s", v.From)
	original, err := v.on(ctx, v.From)
	if err != nil {
		return original, err
	}
	if len(original.UsedBy) > 0 {
		return original, fmt.Errorf("%s uses it on %s, and %s deletes no volume that is in use; nothing was moved",
			strings.Join(original.UsedBy, ", "), v.From, v.flavour.Product.Title())
	}
	var other volume
	_, err = v.get(ctx, v.step.Member, v.path(), v.query(v.To), &other)
	switch {
	case drivers.Is(err, drivers.NotFound):
		return original, nil
	case err != nil:
		return original, err
	}
	return original, fmt.Errorf("%s has one of that name; nothing was moved: plan again", v.To)
}

// copy has the target pull the volume, waits until it has it, and returns the source's offer.
func (v volumeMove) copy(ctx context.Context, original volume) (offer drivers.Reply, err error) {
	var cluster drivers.Server
	if _, err := v.get(ctx, v.step.Member, "/1.0", nil, &cluster); err != nil {
		return offer, err
	}
	v.say("asking %s to offer it", v.From)
	offer, err = v.call(ctx, v.step.Member, drivers.Call{Method: "POST", Path: v.path(), Query: v.query(v.From),
		Body: map[string]any{"name": v.Name, "pool": v.Pool, "migration": true, "volume_only": false}})
	if err != nil {
		return offer, err
	}
	var op drivers.Operation
	if err := json.Unmarshal(offer.Metadata, &op); err != nil {
		return offer, fmt.Errorf("reading the offer of %s: %w", v.From, err)
	}
	v.say("copying it from %s to %s", v.From, v.To)
	source := map[string]any{"type": "migration", "mode": "pull", "name": v.Name, "pool": v.Pool,
		"certificate": cluster.Environment.Certificate,
		"operation":   "https://" + v.Address + offer.Operation, "secrets": op.Metadata, "volume_only": false,
		"refresh": false}
	reply, err := v.call(ctx, v.step.Member, drivers.Call{Method: "POST", Path: v.list(), Query: v.query(v.To),
		Body: map[string]any{"name": v.Name, "type": "custom", "content_type": original.ContentType,
			"description": original.Description, "config": marked(original.Config, v.From), "source": source}})
	if err == nil {
		err = v.arrival(ctx, reply)
	}
	if err != nil {
		v.withdraw(ctx, offer)
	}
	return offer, err
}

// marked is the configuration of the copy: all keys of the original, also those that LXD keeps for itself, such as how
// the owners of its files are mapped.
func marked(config map[string]string, from string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, config)
	out[plan.MoveMark] = from
	return out
}

// arrival waits until the target has the copy, and fails when that is not certain: a daemon that has started anew has
// forgotten the operation, and keeps in the database what it had of the copy.
func (v volumeMove) arrival(ctx context.Context, reply drivers.Reply) error {
	err := v.follow(ctx, v.step.Member, reply)
	if drivers.Is(err, drivers.NotFound) {
		return fmt.Errorf("%s does not know any more whether it has copied it: %w", v.To, err)
	}
	return err
}

// delete deletes the original. When the answer is lost the original says by its absence that it went well.
func (v volumeMove) delete(ctx context.Context) error {
	err := v.request(ctx, plan.Request{Method: "DELETE", Path: v.path(), Target: v.From, Project: v.Project, Gone: true})
	if err != nil {
		if _, gone := v.ask(ctx, v.step.Member,
			drivers.Call{Method: "GET", Path: v.path(), Query: v.query(v.From)}); drivers.Is(gone, drivers.NotFound) {
			return nil
		}
	}
	return err
}

// finish takes the mark away, and sets again what the daemon has spelled in its own way: the size of a block volume
// comes in bytes on Incus 6.0.4.
func (v volumeMove) finish(ctx context.Context, original volume) error {
	config := marked(original.Config, "")
	maps.DeleteFunc(config, func(key, _ string) bool { return strings.HasPrefix(key, "volatile.") })
	body, err := json.Marshal(map[string]any{"config": config})
	if err != nil {
		return err
	}
	return v.edit(ctx, plan.Request{Method: "PUT", Path: v.path(), Target: v.To, Project: v.Project, Body: body})
}

// withdraw cancels an offer that nobody takes. LXD 5.0.2 says that it cannot be cancelled; it ends by itself after 10
// s, or with the connection (lxd/migrate_storage_volumes.go DoStorage).
func (v volumeMove) withdraw(ctx context.Context, offer drivers.Reply) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), v.limits.Cleanup)
	defer cancel()
	_, _ = v.ask(ctx, v.step.Member,
		drivers.Call{Method: "DELETE", Path: offer.Operation}) // what failed before is what counts
}

// complete fails unless the source has sent everything and the copy is in the database as it should be.
func (v volumeMove) complete(ctx context.Context, original volume, offer drivers.Reply) error {
	v.say("checking the copy on %s", v.To)
	if err := v.await(ctx, v.step.Member, offer); err != nil {
		return err
	}
	made, err := v.on(ctx, v.To)
	if err != nil {
		return err
	}
	switch {
	case made.Config[plan.MoveMark] != v.From:
		return fmt.Errorf("what %s has is another volume, without %s", v.To, plan.MoveMark)
	case made.ContentType != original.ContentType || made.Description != original.Description:
		return errors.New("the copy on " + v.To + " has another content type or description")
	case !slices.Equal(made.snapshots, original.snapshots):
		return fmt.Errorf("the copy on %s has the snapshots %v instead of %v", v.To, made.snapshots, original.snapshots)
	}
	return nil
}
