package steps

import (
	"fmt"
	"maps"
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/diff"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// placed plans a kind of which one or several members have one under the same name: volumes and forwards. Each is made,
// changed and deleted with its member as the target. Nothing moves by its target: a volume that the preseed wants elsewhere is made
// there, and stays where it is unless it is absent there. One that has been moved there off a member that leaves is there already.
func (d *draft) placed(kind schema.Kind, c plan.Change, want schema.Object) {
	live := d.Current(c.Ref)
	switch c.Action {
	case plan.Create, plan.Update:
		if len(want.Members)+len(live.Members) == 0 && c.Action == plan.Create {
			d.place(kind, c, want, "")
			return
		}
		for _, m := range want.MemberNames() {
			_, there := live.Members[m]
			from := d.departures.MovedTo(view.Place{Ref: c.Ref, Member: m})
			switch absent := want.Members[m].State == schema.StateAbsent; {
			case from != "":
				d.adjustPart(kind, c, want, m, diff.Part(kind.Spec, d.View, want, m, live.Members[from]))
			case !there && !absent:
				d.place(kind, c, want, m)
			case there && absent && !d.departures.Cleared[view.Place{Ref: c.Ref, Member: m}]:
				d.displace(kind, c, want, m)
			}
		}
		if c.Action == plan.Update {
			d.adjust(kind, c, want, live)
		}
	case plan.Delete:
		d.displaceAll(kind, c, want, live)
	}
}

// place plans the creation on a member; without one LXD chooses.
func (d *draft) place(kind schema.Kind, c plan.Change, want schema.Object, member string) {
	title := "Create " + view.Named(kind, c.Ref)
	if member != "" {
		title += " on " + member
	}
	whole := want
	if member != "" {
		whole = want.OfMember(member)
	}
	d.add(plan.Step{
		ID: placedID("create", c.Ref, member), Title: title, Cause: c.Ref,
		Op: plan.Op{Kind: plan.OpRequest, Request: &plan.Request{Method: "POST", Path: kind.ListPath(c.Ref), Target: member, Project: view.Project(kind, c.Ref),
			Body: plan.Body(createBody(kind.Spec, whole))}},
		// In a remote pool it is no member's own, whatever the target.
		Needs: d.needs(want), Expect: plan.Expect{Ref: c.Ref}, Risk: plan.Risk{Level: plan.RiskNone, Undo: "delete it again"}, At: c.At,
	})
}

// adjust plans the changes of what is there, for each member by itself; member "" is for what is nobody's own.
func (d *draft) adjust(kind schema.Kind, c plan.Change, want, live schema.Object) {
	fields := map[string][]plan.FieldChange{}
	for _, f := range c.Fields {
		if _, there := live.Members[f.Member]; f.Key != "" && (there || f.Member == "") {
			fields[f.Member] = append(fields[f.Member], f)
		}
	}
	for _, member := range slices.Sorted(maps.Keys(fields)) {
		d.adjustPart(kind, c, want, member, fields[member])
	}
}

// adjustPart plans the changes of what one member has, if there are any.
func (d *draft) adjustPart(kind schema.Kind, c plan.Change, want schema.Object, member string, fields []plan.FieldChange) {
	if len(fields) == 0 {
		return
	}
	title := "Update " + view.Named(kind, c.Ref)
	if member != "" {
		title += " on " + member
	}
	d.add(plan.Step{
		ID: placedID("update", c.Ref, member), Title: title, Cause: c.Ref,
		Op: plan.Op{Kind: plan.OpEdit, Request: &plan.Request{Method: "PUT", Path: kind.ObjectPath(c.Ref), Target: member, Project: view.Project(kind, c.Ref),
			Body: plan.Body(partBody(kind.Spec, fields))}},
		Needs: d.needs(want), Expect: plan.Expect{Ref: c.Ref, Member: member}, Risk: plan.Risk{Level: plan.RiskLow, Undo: "apply the earlier values"}, At: c.At,
	})
}

// partBody has the new values of one member's part, in the form that OpEdit lays over the object.
func partBody(spec schema.Spec, fields []plan.FieldChange) map[string]any {
	body, config := map[string]any{}, map[string]string{}
	for _, f := range fields {
		if attr, ok := spec.Attr(f.Key); ok {
			body[f.Key] = sent(attr, f.New)
			continue
		}
		config[f.Key] = f.New
	}
	if len(config) > 0 {
		body["config"] = config
	}
	return body
}

// displaceAll plans the deletion on every member that has one, or on those that the preseed names.
func (d *draft) displaceAll(kind schema.Kind, c plan.Change, want, live schema.Object) {
	if len(live.Members) == 0 {
		d.displace(kind, c, want, "")
		return
	}
	for _, member := range live.MemberNames() {
		_, named := want.Members[member]
		if (named || len(want.Members) == 0) && !d.departures.Cleared[view.Place{Ref: c.Ref, Member: member}] {
			d.displace(kind, c, want, member)
		}
	}
}

func (d *draft) displace(kind schema.Kind, c plan.Change, want schema.Object, member string) {
	d.remove(kind, c, want)
	step := &d.steps[len(d.steps)-1]
	step.Op.Request.Target = member
	if member == "" {
		return
	}
	step.ID, step.Title = placedID("delete", c.Ref, member), step.Title+" on "+member
	step.Expect = plan.Expect{Ref: c.Ref, Absent: true, Member: member}
	d.last[c.Ref] = step.ID
}

func placedID(action string, r schema.Ref, member string) plan.StepID {
	if member == "" {
		return plan.StepID(action + ":" + r.String())
	}
	return plan.StepID(fmt.Sprintf("%s:%s@%s", action, r, member))
}
