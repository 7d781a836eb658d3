package steps

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// stopLimit is how many seconds an instance is given to stop or start by itself, unless boot.host_shutdown_timeout
// says how many it needs to stop.
const stopLimit = 60

// stopKey is how long LXD itself waits for an instance when its host goes down or is evacuated.
const stopKey = "boot.host_shutdown_timeout"

// running plans instances: made on their target, moved when they are elsewhere, started and stopped. One that has left
// its member before that did leaves nothing but the change.
func running(j job) []plan.Step {
	var out []plan.Step
	cleared := j.leaving.Cleared[view.Place{Ref: j.change.Ref, Member: view.Here(j.live)}]
	switch j.change.Action {
	case plan.Create:
		out = append([]plan.Step{j.launch()}, j.turn(j.want.Attrs["running"] == "true", false)...)
	case plan.Update:
		out = j.editInstance()
		if !cleared {
			away, wanted, runs := j.leave()
			out = slices.Concat(away, out, j.turn(wanted, runs))
		}
	case plan.Rebuild:
		out = j.rebuildInstance()
	case plan.Delete:
		if !cleared {
			return j.discard()
		}
	}
	if len(out) > 0 && strings.HasPrefix(j.want.Attrs[plan.TargetAttr], "@") {
		for _, m := range j.Members { // they are put into groups first
			out[0].Follows = append(out[0].Follows, plan.After(plan.MemberRef(m)))
		}
	}
	return chain(out...)
}

// rebuildInstance plans a new root disk, made from the image as if the instance were new, and what else differs. The
// instance is stopped meanwhile.
func (j job) rebuildInstance() []plan.Step {
	away, wanted, runs := j.leave()
	request := j.request("POST", j.kind.ObjectPath(j.change.Ref)+"/rebuild",
		map[string]any{"source": json.RawMessage(j.want.Attrs["source"])})
	step := j.instanceStep("rebuild", plan.Step{Title: j.title("Rebuild"),
		Op: plan.Op{Kind: plan.OpRequest, Request: request}, Sections: j.sections(),
		Risk: plan.Risk{Level: plan.RiskHigh, Stops: j.change.Ref.Name + ", and all that is on its root disk is lost"}})
	return slices.Concat(away, j.turn(false, runs), j.editInstance(), []plan.Step{step}, j.turn(wanted, false))
}

// discard plans the end of an instance, whatever it is doing.
func (j job) discard() []plan.Step {
	if j.live.Attrs["running"] != "true" {
		return []plan.Step{j.remove()}
	}
	return chain(j.state("stop", "Stop", true, plan.Risk{Level: plan.RiskHigh, Stops: j.change.Ref.Name}), j.remove())
}

// relocate plans the move alone, with the instance as it is; what else differs is changed in its turn.
func (j job) relocate() []plan.Step {
	away, wanted, runs := j.leave()
	return chain(append(away, j.turn(wanted, runs)...)...)
}

// instanceStep is a step of the instance; one that expects nothing else expects it to be there.
func (j job) instanceStep(action string, s plan.Step) plan.Step {
	s.Expect.Ref = j.change.Ref
	return j.step(action, "", s)
}

func (j job) launch() plan.Step {
	request := j.request("POST", j.kind.Path, createBody(j.kind.Spec, j.want))
	request.Target = j.want.Attrs[plan.TargetAttr]
	return j.instanceStep("create",
		plan.Step{Title: j.title("Create"), Op: plan.Op{Kind: plan.OpRequest, Request: request},
			Risk: plan.Risk{Level: plan.RiskNone, Undo: "delete it again"}})
}

// leave stops and moves the instance if it is elsewhere, without the disks that are not to go along, and returns whether
// it is to run and whether it still does.
func (j job) leave() (steps []plan.Step, wanted, runs bool) {
	runs = j.live.Attrs["running"] == "true"
	wanted = runs
	if text, said := j.want.Attrs["running"]; said {
		wanted = text == "true"
	}
	f, moves := j.change.Target()
	if !moves {
		return nil, wanted, runs
	}
	moved := j.move(f.Old, j.Destination(f.New))
	return slices.Concat(j.turn(false, runs), j.detach(), []plan.Step{moved}), wanted, false
}

func (j job) editInstance() []plan.Step {
	body := j.reattached(editBody(j.kind.Spec, j.change.Fields, j.want))
	if len(body) == 0 {
		return nil
	}
	return []plan.Step{j.instanceStep("update", plan.Step{Title: j.title("Update"),
		Op:   plan.Op{Kind: plan.OpEdit, Request: j.request("PUT", j.kind.ObjectPath(j.change.Ref), body)},
		Risk: plan.Risk{Level: plan.RiskLow, Undo: "apply the earlier values"}})}
}

func (j job) move(from, to string) plan.Step {
	request := j.request("POST", j.kind.ObjectPath(j.change.Ref),
		map[string]any{"name": j.change.Ref.Name, "migration": true})
	request.Target = to
	return j.instanceStep("move", plan.Step{Title: j.title("Move") + " from " + from + " to " + to,
		Op:     plan.Op{Kind: plan.OpEvacuate, Request: request},
		Expect: plan.Expect{Member: to}, Sections: j.sections(),
		Risk: plan.Risk{Level: plan.RiskMedium, Stops: j.change.Ref.Name + " while it is copied",
			Undo: "move it back to " + from}})
}

// turn starts or stops the instance unless it is so already.
func (j job) turn(on, was bool) []plan.Step {
	switch {
	case on && !was:
		return []plan.Step{j.state("start", "Start", false, plan.Risk{Level: plan.RiskLow, Undo: "stop it again"})}
	case was && !on:
		return []plan.Step{j.state("stop", "Stop", false,
			plan.Risk{Level: plan.RiskMedium, Stops: j.change.Ref.Name, Undo: "start it again"})}
	}
	return nil
}

func (j job) state(action, verb string, force bool, risk plan.Risk) plan.Step {
	body := map[string]any{"action": action, "timeout": j.timeout(action), "force": force}
	request := j.request("PUT", j.kind.ObjectPath(j.change.Ref)+"/state", body)
	return j.instanceStep(action, plan.Step{Title: j.title(verb), Op: plan.Op{Kind: plan.OpRequest, Request: request},
		Risk: risk})
}

// timeout is how many seconds the daemon waits: for a stop as long as the instance, or else its last profile, says.
func (j job) timeout(action string) int {
	if action != "stop" {
		return stopLimit
	}
	configs := []map[string]string{j.live.Config}
	for _, name := range slices.Backward(schema.JSONTexts(j.live.Attrs["profiles"])) {
		ref := schema.Ref{Kind: schema.KindProfile, Project: j.change.Ref.Project, Name: name}
		configs = append(configs, j.Current(view.Meant(j.Live, ref)).Config)
	}
	for _, config := range configs {
		if n, err := strconv.Atoi(config[stopKey]); err == nil && n > 0 {
			return n
		}
	}
	return stopLimit
}
