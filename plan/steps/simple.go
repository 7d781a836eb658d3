package steps

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// simple plans a kind that one call creates, changes or deletes.
func simple(j job) []plan.Step {
	switch j.change.Action {
	case plan.Create:
		comes := j.change.Ref.Project != "" || !j.Live.Facts.Clustered
		if comes && slices.Contains(j.kind.Builtin, j.change.Ref.Name) {
			return j.edit() // with its project, such as the profile default, or with the server
		}
		return []plan.Step{j.create(j.want)}
	case plan.Update:
		return j.edit()
	case plan.Delete:
		return append(j.loosen(), j.remove())
	}
	return nil
}

// loosen plans to take off what goes with a project, such as its profile default, what it uses of the project's own and
// goes before: neither could be deleted first.
func (j job) loosen() []plan.Step {
	if j.kind.Name != schema.KindProject {
		return nil
	}
	var out []plan.Step
	for _, o := range j.Builtin(j.change.Ref.Name) {
		kind := j.Kind(o.Ref.Kind)
		var fields []plan.FieldChange
		var names []string
		for _, r := range kind.References(o) {
			part, name, _ := strings.Cut(r.Field, ".")
			used := view.Meant(j.Live, r.Ref)
			switch device, _, _ := strings.Cut(name, "."); {
			case !j.deleted[used] || used.Project != o.Ref.Project || slices.Contains(names, device):
			case part == "devices":
				fields, names = append(fields, plan.FieldChange{Device: device}), append(names, device)
			case part == "config":
				fields, names = append(fields, plan.FieldChange{Key: name}), append(names, name)
			}
		}
		if len(fields) == 0 {
			continue
		}
		along := j
		along.kind, along.change.Ref = kind, o.Ref
		out = append(out, along.step("loosen", "", plan.Step{
			Title: "Take " + view.Sentence(names) + " off " + view.Named(kind, o.Ref),
			Op: plan.Op{Kind: plan.OpEdit,
				Request: along.request("PUT", kind.ObjectPath(o.Ref), editBody(kind.Spec, fields, schema.Object{}))},
			Risk: plan.Risk{Level: plan.RiskLow, Undo: "apply the earlier values"}}))
	}
	return out
}

func (j job) create(whole schema.Object) plan.Step {
	return j.step("create", "", plan.Step{
		Title: j.title("Create"),
		Op: plan.Op{Kind: plan.OpRequest,
			Request: j.request("POST", j.kind.ListPath(j.change.Ref), createBody(j.kind.Spec, whole))},
		Expect: plan.Expect{Ref: j.change.Ref}, Risk: plan.Risk{Level: plan.RiskNone, Undo: "delete it again"},
	})
}

// edit plans the change of an object's cluster-wide fields, if there is one.
func (j job) edit() []plan.Step {
	body := editBody(j.kind.Spec, j.change.Fields, j.want)
	if len(body) == 0 {
		return nil
	}
	return []plan.Step{j.step("update", "", plan.Step{Title: j.title("Update"),
		Op:     plan.Op{Kind: plan.OpEdit, Request: j.request("PUT", j.kind.ObjectPath(j.change.Ref), body)},
		Expect: plan.Expect{Ref: j.change.Ref},
		Risk:   plan.Risk{Level: plan.RiskLow, Undo: "apply the earlier values"}})}
}

func (j job) remove() plan.Step {
	request := j.request("DELETE", j.kind.ObjectPath(j.change.Ref), nil)
	request.Gone = true
	stops := j.kind.Loses()
	if along := j.Along(j.change.Ref); len(along) > 0 {
		stops += ", and with it " + view.Sentence(along)
	}
	return j.step("delete", "", plan.Step{Title: j.title("Delete"),
		Op: plan.Op{Kind: plan.OpRequest, Request: request}, Follows: []plan.Need{plan.Frees(j.change.Ref)},
		Sections: j.sections(), Expect: plan.Expect{Ref: j.change.Ref, Absent: true},
		Risk: plan.Risk{Level: plan.RiskHigh, Stops: stops}})
}

// createBody is the body of the POST that creates an object, without member-specific keys.
func createBody(spec schema.Spec, want schema.Object) map[string]any {
	body := map[string]any{}
	if _, name := spec.Split(want.Ref); spec.NameKey != "-" {
		body[cmp.Or(spec.Tables.Shown, spec.Tables.Name, "name")] = name
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
			devices[f.Device][f.Key] = wanted(f, want)
		case f.Path == "attrs."+f.Key:
			if attr, _ := spec.Attr(f.Key); !attr.Unsent {
				body[f.Key] = sent(attr, wanted(f, want))
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

// wanted is the value that a field is to have, of a secret the mark that stands for it.
func wanted(f plan.FieldChange, want schema.Object) string {
	if !f.Secret {
		return f.New
	}
	return cmp.Or(plan.ValueOf(f, want), want.Config[f.Key], want.Attrs[f.Key]) // a placed object may name no member
}

// given returns the entries that have a value; LXD stores no empty ones.
func given(config map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range config {
		if v != "" {
			out[k] = v
		}
	}
	return out
}
