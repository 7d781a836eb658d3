package steps

import (
	"fmt"
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// pending plans a kind that is defined on each member and then instantiated everywhere: pools and networks.
// The rules are those of lxd 5.0.2, lxd/storage_pools.go storagePoolsPostCluster and lxd/networks.go networksPostCluster.
func (d *draft) pending(kind schema.Kind, c plan.Change, want schema.Object) {
	live := d.Current(c.Ref)
	switch c.Action {
	case plan.Create:
		if len(d.Members) == 1 {
			d.createAlone(kind, c, want)
			return
		}
		d.instantiate(kind, c, want, live, d.define(kind, c, want, live))
	case plan.Resume:
		d.instantiate(kind, c, want, live, d.define(kind, c, want, live))
	case plan.Update:
		parts := d.parts(kind, c, want, live)
		d.edit(kind, c, want)
		for _, id := range parts {
			d.after(c.Ref, id) // LXD 5.0.2 writes back members' keys that it read before (measured)
		}
	case plan.Delete:
		d.remove(kind, c, want)
	}
}

// createAlone creates the object in a cluster of one, where LXD takes all keys in a single call.
func (d *draft) createAlone(kind schema.Kind, c plan.Change, want schema.Object) {
	whole := want.Clone()
	for key, value := range want.Members[d.Members[0]].Config {
		if whole.Config == nil {
			whole.Config = map[string]string{}
		}
		whole.Config[key] = value
	}
	d.simple(kind, c, whole)
	d.late(kind, c, want, []plan.StepID{d.last[c.Ref]})
}

// define plans the definition on every member that has none yet and returns the steps.
func (d *draft) define(kind schema.Kind, c plan.Change, want, live schema.Object) []plan.StepID {
	if slices.Contains(kind.Whole, want.Attrs[kind.Variant]) {
		return nil
	}
	var ids []plan.StepID
	for _, m := range d.Members {
		if part, defined := live.Members[m]; defined {
			ids = append(ids, d.redefine(kind, c, want, m, part)...)
			continue
		}
		body := map[string]any{"name": want.Ref.Name}
		if v := want.Attrs[kind.Variant]; v != "" {
			body[kind.Variant] = v
		}
		if config := given(want.Members[m].Config); len(config) > 0 {
			body["config"] = config
		}
		ids = append(ids, d.add(plan.Step{
			ID:    plan.StepID("define:" + c.Ref.String() + "@" + m),
			Title: fmt.Sprintf("Define %s on %s", view.Named(kind, c.Ref), m), Cause: c.Ref,
			Op:    plan.Op{Kind: plan.OpRequest, Request: &plan.Request{Method: "POST", Path: kind.Path, Target: m, Project: view.Project(kind, c.Ref), Body: plan.Body(body)}},
			Needs: d.needs(want),
			Risk:  plan.Risk{Level: plan.RiskNone, Undo: "delete the " + kind.Title}, At: c.At,
		}))
	}
	return ids
}

// redefine plans the change of a definition that has not been instantiated yet.
func (d *draft) redefine(kind schema.Kind, c plan.Change, want schema.Object, m string, part schema.Part) []plan.StepID {
	fields := fieldsOf(c, m)
	if part.State != schema.StatePending || len(fields) == 0 {
		return nil
	}
	return []plan.StepID{d.add(d.patchPart(kind, c, want, m, fields))}
}

// fieldsOf returns the differences of one member's part.
func fieldsOf(c plan.Change, m string) []plan.FieldChange {
	var out []plan.FieldChange
	for _, f := range c.Fields {
		if f.Member == m {
			out = append(out, f)
		}
	}
	return out
}

// patchPart changes one member's keys. It is a PATCH: a PUT with a target would wipe the cluster-wide keys of a
// network (lxd 5.0.2, lxd/networks.go networkPut; measured).
func (d *draft) patchPart(kind schema.Kind, c plan.Change, want schema.Object, m string, fields []plan.FieldChange) plan.Step {
	config := map[string]string{}
	for _, f := range fields {
		config[f.Key] = want.Members[m].Config[f.Key]
	}
	return plan.Step{
		ID:    plan.StepID("update:" + c.Ref.String() + "@" + m),
		Title: fmt.Sprintf("Update %s on %s", view.Named(kind, c.Ref), m), Cause: c.Ref,
		Op: plan.Op{Kind: plan.OpRequest, Request: &plan.Request{Method: "PATCH", Path: kind.ObjectPath(c.Ref), Target: m, Project: view.Project(kind, c.Ref),
			Body: plan.Body(map[string]any{"config": config, "description": d.description(want)})}},
		Needs: d.needs(want), Serial: true,
		Risk: plan.Risk{Level: plan.RiskLow, Undo: "apply the earlier values"}, At: c.At,
	}
}

// description is sent along with every PATCH, since LXD 5.0.2 blanks it otherwise.
func (d *draft) description(want schema.Object) string {
	if text, ok := want.Attrs["description"]; ok {
		return text
	}
	live := d.Current(want.Ref)
	return live.Attrs["description"]
}

// instantiate plans the final call. A server that tried before has stored the cluster-wide keys and refuses to be
// given them again ("already partially created"); they are then set by an edit, where they differ.
func (d *draft) instantiate(kind schema.Kind, c plan.Change, want, live schema.Object, defined []plan.StepID) {
	whole := want.Clone()
	if whole.Attrs == nil {
		whole.Attrs = map[string]string{}
	}
	whole.Attrs["description"] = d.description(want)
	tried := live.State == schema.StateErrored || len(live.Config) > 0
	if tried {
		whole.Config = nil
	}
	id := d.add(plan.Step{
		ID: plan.StepID("create:" + c.Ref.String()), Title: fmt.Sprintf("Create %s on all members", view.Named(kind, c.Ref)), Cause: c.Ref,
		Op:     plan.Op{Kind: plan.OpRequest, Request: &plan.Request{Method: "POST", Path: kind.Path, Project: view.Project(kind, c.Ref), Body: plan.Body(createBody(kind.Spec, whole))}},
		Needs:  union(d.needs(want), defined),
		Expect: plan.Expect{Ref: c.Ref, State: schema.StateCreated}, Serial: true,
		Risk: plan.Risk{Level: plan.RiskLow, Undo: "delete the " + kind.Title}, At: c.At,
	})
	if tried {
		d.edit(kind, c, want)
		d.after(c.Ref, id)
		return
	}
	d.late(kind, c, want, []plan.StepID{id})
}

// late sets the attributes that LXD drops on creation in a cluster.
func (d *draft) late(kind schema.Kind, c plan.Change, want schema.Object, after []plan.StepID) {
	body := map[string]any{}
	for _, attr := range kind.Attrs {
		if v := want.Attrs[attr.Name]; attr.Late && v != "" {
			body[attr.Name] = v
		}
	}
	if len(body) == 0 {
		return
	}
	d.add(plan.Step{
		ID: plan.StepID("describe:" + c.Ref.String()), Title: fmt.Sprintf("Describe %s", view.Named(kind, c.Ref)), Cause: c.Ref,
		Op:    plan.Op{Kind: plan.OpEdit, Request: &plan.Request{Method: "PUT", Path: kind.ObjectPath(c.Ref), Project: view.Project(kind, c.Ref), Body: plan.Body(body)}},
		Needs: union(d.needs(want), after), Risk: plan.Risk{Level: plan.RiskNone}, At: c.At,
	})
}

// after makes the last step of an object wait for another one.
func (d *draft) after(r schema.Ref, id plan.StepID) {
	if last := &d.steps[len(d.steps)-1]; last.Cause == r && last.ID != id {
		last.Needs = union(last.Needs, []plan.StepID{id})
	}
}

// parts plans the member-specific differences of a created object and returns the steps.
func (d *draft) parts(kind schema.Kind, c plan.Change, want, live schema.Object) []plan.StepID {
	var ids []plan.StepID
	for _, m := range live.MemberNames() {
		alone, rest := splitAlone(kind.Spec, live.Attrs[kind.Variant], fieldsOf(c, m))
		var before []plan.StepID
		for _, f := range alone {
			step := d.patchPart(kind, c, want, m, []plan.FieldChange{f})
			step.ID += plan.StepID("/" + f.Key)
			step.Title = fmt.Sprintf("Change %s of %s on %s", f.Key, view.Named(kind, c.Ref), m)
			step.Needs = union(step.Needs, before)
			before = append(before, d.add(step))
		}
		if len(rest) > 0 {
			step := d.patchPart(kind, c, want, m, rest)
			step.Needs = union(step.Needs, before)
			before = append(before, d.add(step))
		}
		ids = append(ids, before...)
	}
	return ids
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

func union(a, b []plan.StepID) []plan.StepID {
	out := append(slices.Clone(a), b...)
	slices.Sort(out)
	return slices.Compact(out)
}
