package steps

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// simple plans a kind that one call creates, changes or deletes.
func (d *draft) simple(kind schema.Kind, c plan.Change, want schema.Object) {
	if c.Action == plan.Create && slices.Contains(kind.Builtin, c.Ref.Name) {
		d.edit(kind, c, want) // it comes with its project, such as the profile default
		return
	}
	switch c.Action {
	case plan.Create:
		d.add(plan.Step{
			ID: plan.StepID("create:" + c.Ref.String()), Title: fmt.Sprintf("Create %s", view.Named(kind, c.Ref)), Cause: c.Ref,
			Op:     plan.Op{Kind: plan.OpRequest, Request: &plan.Request{Method: "POST", Path: kind.ListPath(c.Ref), Project: view.Project(kind, c.Ref), Body: plan.Body(createBody(kind.Spec, want))}},
			Needs:  d.needs(want),
			Expect: plan.Expect{Ref: c.Ref},
			Risk:   plan.Risk{Level: plan.RiskNone, Undo: "delete it again"}, At: c.At,
		})
	case plan.Update:
		d.edit(kind, c, want)
	case plan.Delete:
		d.remove(kind, c, want)
	}
}

// edit plans the change of an object's cluster-wide fields.
func (d *draft) edit(kind schema.Kind, c plan.Change, want schema.Object) {
	body := editBody(kind.Spec, c.Fields, want)
	if len(body) == 0 {
		return
	}
	d.add(plan.Step{
		ID: plan.StepID("update:" + c.Ref.String()), Title: fmt.Sprintf("Update %s", view.Named(kind, c.Ref)), Cause: c.Ref,
		Op:     plan.Op{Kind: plan.OpEdit, Request: &plan.Request{Method: "PUT", Path: kind.ObjectPath(c.Ref), Project: view.Project(kind, c.Ref), Body: plan.Body(body)}},
		Needs:  d.needs(want),
		Expect: plan.Expect{Ref: c.Ref}, Serial: d.alone(kind),
		Risk: plan.Risk{Level: plan.RiskLow, Undo: "apply the earlier values"}, At: c.At,
	})
}

// alone reports that two changes of this kind must not run at the same time. Incus looks at every interface of the member
// when a bridge changes, and fails when one goes meanwhile: "Failed to delete bridge children interfaces" (incus 6.0.4,
// internal/server/network/driver_bridge.go deleteChildren; measured).
func (d *draft) alone(kind schema.Kind) bool {
	return kind.Name == schema.KindNetwork && d.Live.Facts.Flavour.Product == schema.Incus
}

func (d *draft) remove(kind schema.Kind, c plan.Change, want schema.Object) {
	d.add(plan.Step{
		ID: plan.StepID("delete:" + c.Ref.String()), Title: fmt.Sprintf("Delete %s", view.Named(kind, c.Ref)), Cause: c.Ref,
		Op:     plan.Op{Kind: plan.OpRequest, Request: &plan.Request{Method: "DELETE", Path: kind.ObjectPath(c.Ref), Project: view.Project(kind, c.Ref), Gone: true}},
		Needs:  union(d.needs(want), d.leaves()), // whatever used it has been changed or deleted by then
		Expect: plan.Expect{Ref: c.Ref, Absent: true},
		Risk:   plan.Risk{Level: plan.RiskHigh, Stops: "what it holds is lost"}, At: c.At, Serial: true,
	})
}

// createBody is the body of the POST that creates an object, without member-specific keys.
func createBody(spec schema.Spec, want schema.Object) map[string]any {
	body := map[string]any{}
	if _, name := spec.Split(want.Ref); spec.NameKey != "-" {
		body[cmp.Or(spec.Tables.Name, "name")] = name
	}
	for name, value := range want.Attrs {
		if attr, _ := spec.Attr(name); value != "" && !attr.Unsent {
			body[name] = sent(attr, value)
		}
	}
	for name, list := range want.Lists {
		body[name] = list
	}
	if config := given(want.Config); len(config) > 0 {
		body["config"] = config
	}
	if want.Devices != nil {
		devices := map[string]map[string]string{}
		for name, device := range want.Devices {
			if !schema.DeviceGoes(device) {
				devices[name] = given(device)
			}
		}
		body["devices"] = devices
	}
	return body
}

// sent is the value of an attribute as a body has it.
func sent(attr schema.Attr, value string) any {
	if attr.JSON {
		return json.RawMessage(value)
	}
	return value
}

// editBody has what differs, in the form that OpEdit lays over the object. Parts of members are left out.
func editBody(spec schema.Spec, fields []plan.FieldChange, want schema.Object) map[string]any {
	body := map[string]any{}
	config, devices := map[string]string{}, map[string]map[string]string{}
	for _, f := range fields {
		switch {
		case f.Member != "" || f.Path == "state":
			continue
		case f.Device != "" && f.Key == "":
			devices[f.Device] = nil
		case f.Device != "":
			if devices[f.Device] == nil {
				devices[f.Device] = map[string]string{}
			}
			devices[f.Device][f.Key] = f.New
		case f.Path == "attrs."+f.Key:
			if attr, _ := spec.Attr(f.Key); !attr.Unsent {
				body[f.Key] = sent(attr, f.New)
			}
		case f.Path == "lists."+f.Key:
			body[f.Key] = want.Lists[f.Key]
		default:
			config[f.Key] = want.Config[f.Key]
		}
	}
	if len(config) > 0 {
		body["config"] = config
	}
	if len(devices) > 0 {
		body["devices"] = devices
	}
	return body
}
