package steps

import (
	"maps"
	"slices"

	"clusterctl/plan"
	"clusterctl/schema"
)

// pending plans a kind that is defined on each member and then instantiated everywhere: pools and networks. The rules
// are those of lxd 5.0.2, lxd/storage_pools.go storagePoolsPostCluster and lxd/networks.go networksPostCluster.
func pending(j job) []plan.Step {
	switch j.change.Action {
	case plan.Create:
		if len(j.Members) == 1 {
			return j.createAlone()
		}
		return j.instantiate()
	case plan.Resume:
		return j.mended(j.instantiate())
	case plan.Rebuild:
		return j.rebuild()
	case plan.Update:
		parts, edit := j.parts(), j.edit()
		for i := range edit {
			edit[i].Follows = after(parts...) // LXD 5.0.2 writes back members' keys that it read before (measured)
		}
		return slices.Concat(parts, edit)
	case plan.Delete:
		return j.mended([]plan.Step{j.remove()})
	}
	return nil
}

// rebuild deletes what never was whole, in front of joins, and creates it anew where a new one is created.
func (j job) rebuild() []plan.Step {
	gone := j.remove()
	gone.Title += ", which never was whole"
	gone.Expect = plan.Expect{} // it is there again at the end
	deletion := j.mended([]plan.Step{gone})
	j.live, j.change.Action = schema.Object{}, plan.Create
	return append(deletion, pending(j)...)
}

// mended has steps that finish or take away what is half done come before members join: on LXD a join that fails on it
// takes unused pools and networks of the cluster away.
func (j job) mended(steps []plan.Step) []plan.Step {
	if !j.MendsFirst(j.change) {
		return steps
	}
	for i := range steps {
		steps[i].Phase = plan.PhaseMended
		if len(steps[i].Sections) > 0 {
			steps[i].Sections = j.sections() // servers are taken out of the cluster's Raft configuration meanwhile
		}
		for _, lost := range j.Live.Facts.MemberOrder() {
			if j.Wanted(plan.MemberRef(lost)).State == schema.StateLost {
				steps[i].Follows = append(steps[i].Follows, plan.AfterStep(plan.StepID("remove:"+lost)))
			}
		}
		for _, m := range j.Live.Facts.MemberOrder() {
			steps[i].Follows = append(steps[i].Follows, plan.AfterStep(stepID("clear", j.change.Ref, m)))
		}
		for _, m := range j.HeldUp() {
			steps[i].Follows = append(steps[i].Follows, plan.AfterStep(plan.StepID("online:"+m)))
		}
		for _, used := range j.UsesThen(j.change.Ref) {
			steps[i].Follows = append(steps[i].Follows, plan.After(used))
		}
	}
	return steps
}

// createAlone creates the object in a cluster of one, where LXD takes all keys in a single call.
func (j job) createAlone() []plan.Step {
	whole := j.want.Clone()
	for key, value := range j.want.Members[j.Members[0]].Config {
		if whole.Config == nil {
			whole.Config = map[string]string{}
		}
		whole.Config[key] = value
	}
	return j.described(j.create(whole))
}

// instantiate plans the definitions and the final call. A server that tried before has stored the cluster-wide keys and
// refuses to be given them again ("already partially created"); they are then set by an edit, where they differ.
func (j job) instantiate() []plan.Step {
	whole := j.want.Clone()
	if whole.Attrs == nil {
		whole.Attrs = map[string]string{}
	}
	whole.Attrs["description"] = j.attr("description")
	tried := j.live.State == schema.StateErrored || len(j.live.Config) > 0
	if tried {
		whole.Config = nil
	}
	defined := j.define()
	final := j.step("create", "", plan.Step{Title: j.title("Create") + " on all members", Follows: after(defined...),
		Sections: j.making(),
		Op:       plan.Op{Kind: plan.OpRequest, Request: j.request("POST", j.kind.Path, createBody(j.kind.Spec, whole))},
		Expect:   plan.Expect{Ref: j.change.Ref, State: schema.StateCreated},
		Risk:     plan.Risk{Level: plan.RiskLow, Undo: "delete the " + j.kind.Title}})
	if tried {
		return append(defined, chain(append([]plan.Step{final}, j.edit()...)...)...)
	}
	return append(defined, j.described(final)...)
}

// define plans the definition on every member that has none yet.
func (j job) define() []plan.Step {
	if slices.Contains(j.kind.Whole, j.want.Attrs[j.kind.Variant]) {
		return nil
	}
	members := j.Members
	if j.MendsFirst(j.change) {
		members = j.Present() // others bring their part when they join
	}
	var out []plan.Step
	for _, m := range members {
		if part, defined := j.live.Members[m]; defined {
			if fields := j.fieldsOf(m); part.State == schema.StatePending && len(fields) > 0 {
				out = append(out, j.patch(m, fields))
			}
			continue
		}
		body := map[string]any{"name": j.want.Ref.Name}
		if v := j.want.Attrs[j.kind.Variant]; v != "" {
			body[j.kind.Variant] = v
		}
		if config := given(j.want.Members[m].Config); len(config) > 0 {
			body["config"] = config
		}
		request := j.request("POST", j.kind.Path, body)
		request.Target = m
		out = append(out, j.step("define", m,
			plan.Step{Title: on(j.title("Define"), m), Op: plan.Op{Kind: plan.OpRequest, Request: request},
				Expect: plan.Expect{Ref: j.change.Ref, Member: m, State: schema.StatePending},
				Risk:   plan.Risk{Level: plan.RiskNone, Undo: "delete the " + j.kind.Title}}))
	}
	return out
}

// fieldsOf returns the differences of one member's part.
func (j job) fieldsOf(m string) []plan.FieldChange {
	return slices.DeleteFunc(slices.Clone(j.change.Fields), func(f plan.FieldChange) bool { return f.Member != m })
}

// patch changes one member's keys. It is a PATCH: a PUT with a target would wipe the cluster-wide keys of a network
// (lxd 5.0.2, lxd/networks.go networkPut; measured). What a PATCH would take away goes along.
func (j job) patch(m string, fields []plan.FieldChange) plan.Step {
	config := map[string]string{}
	for _, f := range fields {
		config[f.Key] = j.want.Members[m].Config[f.Key]
	}
	body := map[string]any{"config": config}
	for _, field := range plan.Loses("PATCH", true, j.kind.Name, j.Live.Facts.Flavour) {
		body[field] = j.attr(field)
	}
	request := j.request("PATCH", j.kind.ObjectPath(j.change.Ref), body)
	request.Target = m
	return j.step("update", m, plan.Step{Title: on(j.title("Update"), m), Op: plan.Op{Kind: plan.OpRequest,
		Request: request}, Sections: j.sections(), Risk: plan.Risk{Level: plan.RiskLow, Undo: "apply the earlier values"}})
}

// attr is an attribute as it is to be.
func (j job) attr(name string) string {
	if text, ok := j.want.Attrs[name]; ok {
		return text
	}
	return j.live.Attrs[name]
}

// described has a step followed by one that sets the attributes which LXD drops on creation in a cluster.
func (j job) described(created plan.Step) []plan.Step {
	body := map[string]any{}
	for _, attr := range j.kind.Attrs {
		if v := j.want.Attrs[attr.Name]; attr.Late && v != "" {
			body[attr.Name] = v
		}
	}
	if len(body) == 0 {
		return []plan.Step{created}
	}
	return chain(created, j.step("describe", "",
		plan.Step{Title: j.title("Describe"), Risk: plan.Risk{Level: plan.RiskNone},
			Op: plan.Op{Kind: plan.OpEdit, Request: j.request("PUT", j.kind.ObjectPath(j.change.Ref), body)}}))
}

// parts plans the member-specific differences of a created object; those of one member follow each other.
func (j job) parts() []plan.Step {
	var out []plan.Step
	for _, m := range slices.Sorted(maps.Keys(j.live.Members)) {
		var steps []plan.Step
		alone, rest := splitAlone(j.kind.Spec, j.live.Attrs[j.kind.Variant], j.fieldsOf(m))
		for _, f := range alone {
			step := j.patch(m, []plan.FieldChange{f})
			step.ID += plan.StepID("/" + f.Key)
			step.Title = on(j.title("Change "+f.Key+" of"), m)
			steps = append(steps, step)
		}
		if len(rest) > 0 {
			steps = append(steps, j.patch(m, rest))
		}
		out = append(out, chain(steps...)...)
	}
	return out
}

// splitAlone takes out the differences that need a call of their own.
func splitAlone(spec schema.Spec, variant string, fields []plan.FieldChange) (alone, rest []plan.FieldChange) {
	for _, f := range fields {
		if rule, known := spec.Rule(variant, f.Key); known && rule.Alone && len(fields) > 1 {
			alone = append(alone, f)
		} else {
			rest = append(rest, f)
		}
	}
	return alone, rest
}
