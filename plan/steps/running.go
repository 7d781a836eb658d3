package steps

import (
	"slices"
	"strconv"
	"strings"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// stopLimit is how many seconds an instance is given to stop or start by itself, unless boot.host_shutdown_timeout says how
// many it needs to stop.
const stopLimit = 60

// stopKey is how long LXD itself waits for an instance when its host goes down or is evacuated.
const stopKey = "boot.host_shutdown_timeout"

// running plans instances: made on their target, moved when they are elsewhere, started and stopped.
func (d *draft) running(kind schema.Kind, c plan.Change, want schema.Object) {
	live := d.Current(c.Ref)
	i := instance{draft: d, kind: kind, change: c, want: want, needs: d.instanceNeeds(want)}
	switch c.Action {
	case plan.Create:
		i.create()
		i.turn(want.Attrs["running"] == "true", false)
	case plan.Update:
		i.update(live)
	case plan.Delete:
		if !d.departures.Cleared[view.Place{Ref: c.Ref, Member: view.Here(live)}] {
			d.discard(kind, c, want)
		}
	}
}

// discard plans the end of an instance, whatever it is doing.
func (d *draft) discard(kind schema.Kind, c plan.Change, want schema.Object) {
	if live := d.Current(c.Ref); live.Attrs["running"] == "true" {
		i := instance{draft: d, kind: kind, change: c, want: want, needs: d.instanceNeeds(want)}
		i.state("stop", "Stop", true, plan.Risk{Level: plan.RiskHigh, Stops: c.Ref.Name})
	}
	d.remove(kind, c, want)
}

// instance is the plan for one instance in the making; its steps follow each other.
type instance struct {
	*draft
	kind   schema.Kind
	change plan.Change
	want   schema.Object
	needs  []plan.StepID
}

// instanceNeeds are the steps before those of an instance: with a cluster group as target also those that put members
// into groups.
func (d *draft) instanceNeeds(want schema.Object) []plan.StepID {
	needs := d.needs(want)
	if strings.HasPrefix(want.Attrs[plan.TargetAttr], "@") {
		for _, m := range d.Members {
			if id, ok := d.last[plan.MemberRef(m)]; ok {
				needs = union(needs, []plan.StepID{id})
			}
		}
	}
	return needs
}

// then adds a step that comes after the instance's earlier ones.
func (i *instance) then(s plan.Step) {
	s.Cause, s.Needs, s.At, s.Expect.Ref = i.change.Ref, i.needs, i.change.At, i.change.Ref
	i.needs = []plan.StepID{i.add(s)}
}

func (i *instance) create() {
	body := createBody(i.kind.Spec, i.want)
	request := &plan.Request{Method: "POST", Path: i.kind.Path, Target: i.want.Attrs[plan.TargetAttr], Project: view.Project(i.kind, i.change.Ref), Body: plan.Body(body)}
	i.then(plan.Step{ID: i.id("create"), Title: "Create " + view.Named(i.kind, i.change.Ref), Op: plan.Op{Kind: plan.OpRequest, Request: request},
		Risk: plan.Risk{Level: plan.RiskNone, Undo: "delete it again"}})
}

// update stops and moves the instance if it is elsewhere, changes it, and lets it run as desired or as before. One that
// has left its member before that did leaves nothing but the change.
func (i *instance) update(live schema.Object) {
	if i.departures.Cleared[view.Place{Ref: i.change.Ref, Member: view.Here(live)}] {
		i.edit()
		return
	}
	wanted, runs := i.leave(live)
	i.edit()
	i.turn(wanted, runs)
}

// leave stops and moves the instance if it is elsewhere, and returns whether it is to run and whether it still does.
func (i *instance) leave(live schema.Object) (wanted, runs bool) {
	runs = live.Attrs["running"] == "true"
	wanted = runs
	if text, said := i.want.Attrs["running"]; said {
		wanted = text == "true"
	}
	if f, moves := i.change.Target(); moves {
		i.turn(false, runs)
		runs = false
		i.move(f.Old, i.Destination(f.New))
	}
	return wanted, runs
}

func (i *instance) edit() {
	if body := editBody(i.kind.Spec, i.change.Fields, i.want); len(body) > 0 {
		request := &plan.Request{Method: "PUT", Path: i.kind.ObjectPath(i.change.Ref), Project: view.Project(i.kind, i.change.Ref), Body: plan.Body(body)}
		i.then(plan.Step{ID: i.id("update"), Title: "Update " + view.Named(i.kind, i.change.Ref), Op: plan.Op{Kind: plan.OpEdit, Request: request},
			Risk: plan.Risk{Level: plan.RiskLow, Undo: "apply the earlier values"}})
	}
}

func (i *instance) move(from, to string) {
	body := map[string]any{"name": i.change.Ref.Name, "migration": true}
	request := &plan.Request{Method: "POST", Path: i.kind.ObjectPath(i.change.Ref), Target: to, Project: view.Project(i.kind, i.change.Ref), Body: plan.Body(body)}
	i.then(plan.Step{ID: i.id("move"), Title: "Move " + view.Named(i.kind, i.change.Ref) + " from " + from + " to " + to, Op: plan.Op{Kind: plan.OpEvacuate, Request: request},
		Expect: plan.Expect{Member: to}, Serial: true, Risk: plan.Risk{Level: plan.RiskMedium, Stops: i.change.Ref.Name + " while it is copied", Undo: "move it back to " + from}})
}

// turn starts or stops the instance unless it is so already.
func (i *instance) turn(on, was bool) {
	switch {
	case on && !was:
		i.state("start", "Start", false, plan.Risk{Level: plan.RiskLow, Undo: "stop it again"})
	case was && !on:
		i.state("stop", "Stop", false, plan.Risk{Level: plan.RiskMedium, Stops: i.change.Ref.Name, Undo: "start it again"})
	}
}

func (i *instance) state(action, title string, force bool, risk plan.Risk) {
	body := plan.Body(map[string]any{"action": action, "timeout": i.patience(action), "force": force})
	request := &plan.Request{Method: "PUT", Path: i.kind.ObjectPath(i.change.Ref) + "/state", Project: view.Project(i.kind, i.change.Ref), Body: body}
	i.then(plan.Step{ID: i.id(action), Title: title + " " + view.Named(i.kind, i.change.Ref), Op: plan.Op{Kind: plan.OpRequest, Request: request}, Risk: risk})
}

// patience is how many seconds the daemon waits: for a stop as long as the instance, or else its last profile, says.
func (i *instance) patience(action string) int {
	if action != "stop" {
		return stopLimit
	}
	live := i.Current(i.change.Ref)
	for _, config := range append([]map[string]string{live.Config}, i.profileConfigs(live)...) {
		if n, err := strconv.Atoi(config[stopKey]); err == nil && n > 0 {
			return n
		}
	}
	return stopLimit
}

// profileConfigs returns the configurations of an instance's profiles as they are, those first that count more.
func (i *instance) profileConfigs(live schema.Object) []map[string]string {
	var out []map[string]string
	for _, name := range slices.Backward(schema.JSONTexts(live.Attrs["profiles"])) {
		profile, there := i.Live.Get(schema.Ref{Kind: schema.KindProfile, Project: live.Ref.Project, Name: name})
		if !there {
			profile, _ = i.Live.Get(schema.Ref{Kind: schema.KindProfile, Project: schema.DefaultProject, Name: name})
		}
		out = append(out, profile.Config)
	}
	return out
}

func (i *instance) id(action string) plan.StepID {
	return plan.StepID(action + ":" + i.change.Ref.String())
}
