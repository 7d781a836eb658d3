package plan

import (
	"slices"
	"strconv"
	"strings"

	"clusterctl/schema"
)

// targetAttr is the attribute that says where an instance is to be: a member, or @GROUP.
const targetAttr = "target"

// stopLimit is how many seconds an instance is given to stop or start by itself, unless boot.host_shutdown_timeout says how
// many it needs to stop.
const stopLimit = 60

// stopKey is how long LXD itself waits for an instance when its host goes down or is evacuated.
const stopKey = "boot.host_shutdown_timeout"

// running plans instances: made on their target, moved when they are elsewhere, started and stopped.
func (d *draft) running(kind schema.Kind, c Change, want schema.Object) {
	live := d.liveObject(c.Ref)
	i := instance{draft: d, kind: kind, change: c, want: want, needs: d.instanceNeeds(want)}
	switch c.Action {
	case Create:
		i.create()
		i.turn(want.Attrs["running"] == "true", false)
	case Update:
		i.update(live)
	case Delete:
		if !d.cleared[place{c.Ref, here(live)}] {
			d.discard(kind, c, want)
		}
	}
}

// discard plans the end of an instance, whatever it is doing.
func (d *draft) discard(kind schema.Kind, c Change, want schema.Object) {
	if live := d.liveObject(c.Ref); live.Attrs["running"] == "true" {
		i := instance{draft: d, kind: kind, change: c, want: want, needs: d.instanceNeeds(want)}
		i.state("stop", "Stop", true, Risk{Level: RiskHigh, Stops: c.Ref.Name})
	}
	d.remove(kind, c, want)
}

// here returns the member that an instance is on; an instance is on one.
func here(live schema.Object) string {
	for _, name := range live.MemberNames() {
		return name
	}
	return ""
}

// instance is the plan for one instance in the making; its steps follow each other.
type instance struct {
	*draft
	kind   schema.Kind
	change Change
	want   schema.Object
	needs  []StepID
}

// instanceNeeds are the steps before those of an instance: with a cluster group as target also those that put members
// into groups.
func (d *draft) instanceNeeds(want schema.Object) []StepID {
	needs := d.needs(want)
	if strings.HasPrefix(want.Attrs[targetAttr], "@") {
		for _, m := range d.members {
			if id, ok := d.last[memberRef(m)]; ok {
				needs = union(needs, []StepID{id})
			}
		}
	}
	return needs
}

// then adds a step that comes after the instance's earlier ones.
func (i *instance) then(s Step) {
	s.Cause, s.Needs, s.At, s.Expect.Ref = i.change.Ref, i.needs, i.change.At, i.change.Ref
	i.needs = []StepID{i.add(s)}
}

func (i *instance) create() {
	body := createBody(i.kind.Spec, i.want)
	request := &Request{Method: "POST", Path: i.kind.Path, Target: i.want.Attrs[targetAttr], Project: project(i.kind, i.change.Ref), Body: encode(body)}
	i.then(Step{ID: i.id("create"), Title: "Create " + named(i.kind, i.change.Ref), Op: Op{Kind: OpRequest, Request: request},
		Risk: Risk{Level: RiskNone, Undo: "delete it again"}})
}

// update stops and moves the instance if it is elsewhere, changes it, and lets it run as desired or as before. One that
// has left its member before that did leaves nothing but the change.
func (i *instance) update(live schema.Object) {
	if i.cleared[place{i.change.Ref, here(live)}] {
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
	if f, moves := targetChange(i.change); moves {
		i.turn(false, runs)
		runs = false
		i.move(f.Old, i.destination(f.New))
	}
	return wanted, runs
}

func (i *instance) edit() {
	if body := editBody(i.kind.Spec, i.change.Fields, i.want); len(body) > 0 {
		request := &Request{Method: "PUT", Path: i.kind.ObjectPath(i.change.Ref), Project: project(i.kind, i.change.Ref), Body: encode(body)}
		i.then(Step{ID: i.id("update"), Title: "Update " + named(i.kind, i.change.Ref), Op: Op{Kind: OpEdit, Request: request},
			Risk: Risk{Level: RiskLow, Undo: "apply the earlier values"}})
	}
}

func (i *instance) move(from, to string) {
	body := map[string]any{"name": i.change.Ref.Name, "migration": true}
	request := &Request{Method: "POST", Path: i.kind.ObjectPath(i.change.Ref), Target: to, Project: project(i.kind, i.change.Ref), Body: encode(body)}
	i.then(Step{ID: i.id("move"), Title: "Move " + named(i.kind, i.change.Ref) + " from " + from + " to " + to, Op: Op{Kind: OpEvacuate, Request: request},
		Expect: Expect{Member: to}, Serial: true, Risk: Risk{Level: RiskMedium, Stops: i.change.Ref.Name + " while it is copied", Undo: "move it back to " + from}})
}

// turn starts or stops the instance unless it is so already.
func (i *instance) turn(on, was bool) {
	switch {
	case on && !was:
		i.state("start", "Start", false, Risk{Level: RiskLow, Undo: "stop it again"})
	case was && !on:
		i.state("stop", "Stop", false, Risk{Level: RiskMedium, Stops: i.change.Ref.Name, Undo: "start it again"})
	}
}

func (i *instance) state(action, title string, force bool, risk Risk) {
	body := encode(map[string]any{"action": action, "timeout": i.patience(action), "force": force})
	request := &Request{Method: "PUT", Path: i.kind.ObjectPath(i.change.Ref) + "/state", Project: project(i.kind, i.change.Ref), Body: body}
	i.then(Step{ID: i.id(action), Title: title + " " + named(i.kind, i.change.Ref), Op: Op{Kind: OpRequest, Request: request}, Risk: risk})
}

// patience is how many seconds the daemon waits: for a stop as long as the instance, or else its last profile, says.
func (i *instance) patience(action string) int {
	if action != "stop" {
		return stopLimit
	}
	live := i.liveObject(i.change.Ref)
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
		profile, there := i.live.Get(schema.Ref{Kind: schema.KindProfile, Project: live.Ref.Project, Name: name})
		if !there {
			profile, _ = i.live.Get(schema.Ref{Kind: schema.KindProfile, Project: schema.DefaultProject, Name: name})
		}
		out = append(out, profile.Config)
	}
	return out
}

func (i *instance) id(action string) StepID { return StepID(action + ":" + i.change.Ref.String()) }

// destination returns the member to move to: of a group the online one with the fewest instances, the first by name.
// LXD 5.0.2 takes a group only when an instance is made.
func (i *instance) destination(target string) string {
	group, isGroup := strings.CutPrefix(target, "@")
	if !isGroup {
		return target
	}
	best := ""
	for _, name := range i.members {
		if i.takes(name, group) && (best == "" || i.live.Facts.Members[name].Instances < i.live.Facts.Members[best].Instances) {
			best = name
		}
	}
	return best
}

// takes reports that a member of the group may be given instances: it joins, or is online and neither is nor is to be evacuated.
func (d *draft) takes(name, group string) bool {
	m, there := d.live.Facts.Members[name]
	want, _ := d.want.Want.Get(memberRef(name))
	away := want.State == schema.StateEvacuated || m.State == schema.StateEvacuated && want.State != schema.StatePresent
	return (m.Online || !there) && !away && inGroup(memberSoon(d.want.Want, d.live, name), group)
}

func targetChange(c Change) (FieldChange, bool) {
	i := slices.IndexFunc(c.Fields, func(f FieldChange) bool { return f.Path == "attrs."+targetAttr })
	if i < 0 {
		return FieldChange{}, false
	}
	return c.Fields[i], true
}

// placement returns the difference between where an instance is and where it is to be. One without a target stays where
// it is.
func (d differ) placement(want, live schema.Object) []FieldChange {
	target, member := want.Attrs[targetAttr], here(live)
	if d.spec.Lifecycle != schema.Running || target == "" || member == "" || d.evacuated(target) {
		return nil
	}
	group, isGroup := strings.CutPrefix(target, "@")
	if member == target || isGroup && !d.leaves(member) && inGroup(memberSoon(d.want.Want, d.live, member), group) {
		return nil
	}
	f := FieldChange{Path: "attrs." + targetAttr, Key: targetAttr, Old: member, New: target}
	return []FieldChange{d.at(want.Ref, f)}
}

// evacuated reports a member that is evacuated, or is to be, or goes: its instances are where the evacuation has put them,
// moved or stopped, until they come back with it.
func (d differ) evacuated(name string) bool {
	want, _ := d.want.Want.Get(memberRef(name))
	live, _ := d.live.Get(memberRef(name))
	return live.State == schema.StateEvacuated || want.State == schema.StateEvacuated || want.State == schema.StateAbsent || want.State == schema.StateLost
}

// leaves reports a member that is to be no member any more.
func (d differ) leaves(name string) bool {
	want, _ := d.want.Want.Get(memberRef(name))
	return want.State == schema.StateAbsent
}

// atRest leaves out that an instance does not run while its member is evacuated.
func (d differ) atRest(fields []FieldChange, live schema.Object) []FieldChange {
	if d.spec.Lifecycle != schema.Running || !slices.ContainsFunc(live.MemberNames(), d.evacuated) {
		return fields
	}
	return slices.DeleteFunc(fields, func(f FieldChange) bool { return f.Path == "attrs.running" })
}

// memberSoon is a member with the groups that it will have: the desired ones, or those it has.
func memberSoon(want, live schema.Cluster, name string) schema.Object {
	o, _ := want.Get(memberRef(name))
	if o.Lists["groups"] == nil {
		o, _ = live.Get(memberRef(name))
	}
	return o
}

func inGroup(member schema.Object, group string) bool {
	return slices.Contains(member.Lists["groups"], group)
}
