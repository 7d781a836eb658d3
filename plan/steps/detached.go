package steps

import (
	"maps"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// detached are the disks of custom volumes that an instance is not to take along to another member, with what differs:
// nothing of one that goes. A member that has not got such a volume does not take the instance (lxd 5.0.2,
// lxd/device/disk.go validateConfig; Incus 6.0.4 does); it may well have the one that comes in its place.
func (j job) detached() map[string]map[string]string {
	out := map[string]map[string]string{}
	_, moves := j.change.Target()
	changed, _ := editBody(j.kind.Spec, j.change.Fields, j.want)["devices"].(map[string]map[string]string)
	for name, to := range changed {
		has := j.live.Devices[name]
		other := slices.ContainsFunc([]string{"type", "pool", "source"}, func(key string) bool {
			_, differs := to[key]
			return differs
		})
		if moves && has["type"] == "disk" && has["pool"] != "" && has["source"] != "" && (to == nil || other) {
			out[name] = to
		}
	}
	return out
}

// detach takes these disks off, before the move.
func (j job) detach() []plan.Step {
	names := schema.SortedKeys(j.detached())
	if len(names) == 0 {
		return nil
	}
	gone := map[string]map[string]string{}
	for _, name := range names {
		gone[name] = nil
	}
	title := "Take disk "
	if len(names) > 1 {
		title = "Take disks "
	}
	return []plan.Step{j.instanceStep("detach", plan.Step{
		Title: title + strings.Join(names, ", ") + " off " + view.Named(j.kind, j.change.Ref),
		Op: plan.Op{Kind: plan.OpEdit,
			Request: j.request("PUT", j.kind.ObjectPath(j.change.Ref), map[string]any{"devices": gone})},
		Risk: plan.Risk{Level: plan.RiskLow, Undo: "apply the earlier values"}})}
}

// reattached is what is changed after the move: the disks that were taken off come back as a whole, or not at all.
func (j job) reattached(body map[string]any) map[string]any {
	detached := j.detached()
	if len(detached) == 0 {
		return body
	}
	out, devices := maps.Clone(body), maps.Clone(body["devices"].(map[string]map[string]string))
	for name, to := range detached {
		if to == nil {
			delete(devices, name)
			continue
		}
		whole := maps.Clone(j.live.Devices[name])
		maps.Copy(whole, to)
		devices[name] = given(whole)
	}
	if out["devices"] = devices; len(devices) == 0 {
		delete(out, "devices")
	}
	return out
}
