package steps

import (
	"cmp"
	"maps"
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/diff"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// placed plans a kind of which one or several members have one under the same name: volumes and forwards. Each is made,
// changed and deleted with its member as the target. Nothing moves by its target: a volume that the preseed wants
// elsewhere is made there, and stays where it is unless it is absent there; then it goes last. One that has been moved
// there off a member that leaves is there already.
func placed(j job) []plan.Step {
	if j.change.Action == plan.Delete {
		return j.displaceAll()
	}
	if len(j.want.Members)+len(j.live.Members) == 0 && j.change.Action == plan.Create {
		return j.place("")
	}
	var out, gone []plan.Step
	for _, m := range j.want.MemberNames() {
		_, there := j.live.Members[m]
		from := j.leaving.MovedTo(view.Place{Ref: j.change.Ref, Member: m})
		switch absent := j.want.Members[m].State == schema.StateAbsent; {
		case from != "":
			out = append(out, j.adjust(m, diff.Part(j.kind.Spec, j.View, j.want, m, j.live.Members[from]))...)
		case !there && !absent:
			out = append(out, j.place(m)...)
		case there && absent && !j.leaving.Cleared[view.Place{Ref: j.change.Ref, Member: m}]:
			gone = append(gone, j.displace(m))
		}
	}
	if j.change.Action == plan.Update {
		for _, m := range append([]string{""}, j.live.MemberNames()...) { // "" is for what is nobody's own
			out = append(out, j.adjust(m, slices.DeleteFunc(j.fieldsOf(m),
				func(f plan.FieldChange) bool { return f.Key == "" }))...)
		}
	}
	for i := range gone {
		gone[i].Follows = append(gone[i].Follows, after(out...)...)
	}
	return slices.Concat(out, gone)
}

// place plans the creation on a member; without one LXD chooses. In a remote pool it is no member's own, whatever the
// target.
func (j job) place(member string) []plan.Step {
	whole := j.want
	if member != "" {
		whole = j.want.OfMember(member)
	}
	request := j.request("POST", j.kind.ListPath(j.change.Ref), createBody(j.kind.Spec, whole))
	request.Target = cmp.Or(member, j.holder())
	if whole.Attrs["file"] != "" {
		return j.placeFile(member, whole)
	}
	return []plan.Step{j.step("create", member,
		plan.Step{Title: on(j.title("Create"), member), Op: plan.Op{Kind: plan.OpRequest, Request: request},
			Expect: plan.Expect{Ref: j.change.Ref}, Risk: plan.Risk{Level: plan.RiskNone, Undo: "delete it again"}})}
}

// holder is the member that alone has what the object belongs to, where that is a member's own: a key goes to its
// bucket.
func (j job) holder() string {
	name, _ := j.kind.Split(j.change.Ref)
	parent := schema.Ref{Kind: j.kind.Parent, Project: j.change.Ref.Project, Name: name}
	for _, side := range []schema.Object{j.Current(parent), j.Wanted(parent)} {
		if names := side.MemberNames(); j.Kind(parent.Kind).Lifecycle == schema.Placed && len(names) == 1 {
			return names[0]
		}
	}
	return ""
}

// placeFile plans a volume that is made of a file: what the file does not say is set afterwards.
func (j job) placeFile(member string, whole schema.Object) []plan.Step {
	into := j.request("POST", j.kind.ListPath(j.change.Ref), nil)
	into.Target = member
	_, name := j.kind.Split(j.change.Ref)
	out := []plan.Step{j.step("create", member, plan.Step{
		Title: on(j.title("Upload "+whole.Attrs["file"]+" as"), member),
		Op: plan.Op{Kind: plan.OpUpload, Upload: &plan.Upload{Path: whole.Attrs["file"],
			Fingerprint: whole.Attrs["fingerprint"], Into: into, Name: name}},
		Expect: plan.Expect{Ref: j.change.Ref}, Risk: plan.Risk{Level: plan.RiskNone, Undo: "delete it again"}})}
	body := createBody(j.kind.Spec, whole)
	maps.DeleteFunc(body, func(key string, _ any) bool { return key != "description" && key != "config" })
	if len(body) == 0 {
		return out
	}
	edit := j.request("PUT", j.kind.ObjectPath(j.change.Ref), body)
	edit.Target = member
	return chain(append(out, j.step("configure", member, plan.Step{Title: on(j.title("Configure"), member),
		Op: plan.Op{Kind: plan.OpEdit, Request: edit}, Expect: plan.Expect{Ref: j.change.Ref},
		Risk: plan.Risk{Level: plan.RiskLow, Undo: "apply the earlier values"}}))...)
}

// adjust plans the changes of what one member has, if there are any.
func (j job) adjust(member string, fields []plan.FieldChange) []plan.Step {
	if len(fields) == 0 {
		return nil
	}
	request := j.request("PUT", j.kind.ObjectPath(j.change.Ref), partBody(j.kind.Spec, fields, j.want))
	request.Target = member
	return []plan.Step{j.step("update", member,
		plan.Step{Title: on(j.title("Update"), member), Op: plan.Op{Kind: plan.OpEdit, Request: request},
			Expect: plan.Expect{Ref: j.change.Ref, Member: member},
			Risk:   plan.Risk{Level: plan.RiskLow, Undo: "apply the earlier values"}})}
}

// partBody has the new values of one member's part, in the form that OpEdit lays over the object.
func partBody(spec schema.Spec, fields []plan.FieldChange, want schema.Object) map[string]any {
	body, config := map[string]any{}, map[string]string{}
	for _, f := range fields {
		if attr, ok := spec.Attr(f.Key); ok {
			body[f.Key] = sent(attr, wanted(f, want))
			continue
		}
		config[f.Key] = wanted(f, want)
	}
	if len(config) > 0 {
		body["config"] = config
	}
	return body
}

// displaceAll plans the deletion on every member that has one, or on those that the preseed names.
func (j job) displaceAll() []plan.Step {
	if len(j.live.Members) == 0 {
		return []plan.Step{j.displace("")}
	}
	var out []plan.Step
	for _, member := range j.live.MemberNames() {
		_, named := j.want.Members[member]
		if (named || len(j.want.Members) == 0) && !j.leaving.Cleared[view.Place{Ref: j.change.Ref, Member: member}] {
			out = append(out, j.displace(member))
		}
	}
	return out
}

func (j job) displace(member string) plan.Step {
	s := j.remove()
	s.Op.Request.Target = member
	if member == "" {
		return s
	}
	s.Title, s.Expect.Member = on(s.Title, member), member
	return j.step("delete", member, s)
}
