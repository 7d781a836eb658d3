package plan

import (
	"fmt"
	"maps"
	"slices"

	"clusterctl/schema"
)

// placed plans a kind of which one or several members have one under the same name: volumes and forwards. Each is made,
// changed and deleted with its member as the target. Nothing moves by its target: a volume that the preseed wants elsewhere is made
// there, and stays where it is unless it is absent there. One that has been moved there off a member that leaves is there already.
func (d *draft) placed(kind schema.Kind, c Change, want schema.Object) {
	live := d.liveObject(c.Ref)
	switch c.Action {
	case Create, Update:
		if len(want.Members)+len(live.Members) == 0 && c.Action == Create {
			d.place(kind, c, want, "")
			return
		}
		for _, m := range want.MemberNames() {
			_, there := live.Members[m]
			from := d.arrives[place{c.Ref, m}]
			switch absent := want.Members[m].State == schema.StateAbsent; {
			case from != "":
				compare := comparer{spec: kind.Spec, source: d.want.Source, facts: d.live.Facts}
				d.adjustPart(kind, c, want, m, compare.part(want, m, "", live.Members[from]))
			case !there && !absent:
				d.place(kind, c, want, m)
			case there && absent && !d.cleared[place{c.Ref, m}]:
				d.displace(kind, c, want, m)
			}
		}
		if c.Action == Update {
			d.adjust(kind, c, want, live)
		}
	case Delete:
		d.displaceAll(kind, c, want, live)
	}
}

// place plans the creation on a member; without one LXD chooses.
func (d *draft) place(kind schema.Kind, c Change, want schema.Object, member string) {
	title := "Create " + named(kind, c.Ref)
	if member != "" {
		title += " on " + member
	}
	whole := want
	if member != "" {
		whole = want.OfMember(member)
	}
	d.add(Step{
		ID: placedID("create", c.Ref, member), Title: title, Cause: c.Ref,
		Op: Op{Kind: OpRequest, Request: &Request{Method: "POST", Path: kind.ListPath(c.Ref), Target: member, Project: project(kind, c.Ref),
			Body: encode(createBody(kind.Spec, whole))}},
		// In a remote pool it is no member's own, whatever the target.
		Needs: d.needs(want), Expect: Expect{Ref: c.Ref}, Risk: Risk{Level: RiskNone, Undo: "delete it again"}, At: c.At,
	})
}

// adjust plans the changes of what is there, for each member by itself; member "" is for what is nobody's own.
func (d *draft) adjust(kind schema.Kind, c Change, want, live schema.Object) {
	fields := map[string][]FieldChange{}
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
func (d *draft) adjustPart(kind schema.Kind, c Change, want schema.Object, member string, fields []FieldChange) {
	if len(fields) == 0 {
		return
	}
	title := "Update " + named(kind, c.Ref)
	if member != "" {
		title += " on " + member
	}
	d.add(Step{
		ID: placedID("update", c.Ref, member), Title: title, Cause: c.Ref,
		Op: Op{Kind: OpEdit, Request: &Request{Method: "PUT", Path: kind.ObjectPath(c.Ref), Target: member, Project: project(kind, c.Ref),
			Body: encode(partBody(kind.Spec, fields))}},
		Needs: d.needs(want), Expect: Expect{Ref: c.Ref, Member: member}, Risk: Risk{Level: RiskLow, Undo: "apply the earlier values"}, At: c.At,
	})
}

// partBody has the new values of one member's part, in the form that OpEdit lays over the object.
func partBody(spec schema.Spec, fields []FieldChange) map[string]any {
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
func (d *draft) displaceAll(kind schema.Kind, c Change, want, live schema.Object) {
	if len(live.Members) == 0 {
		d.displace(kind, c, want, "")
		return
	}
	for _, member := range live.MemberNames() {
		_, named := want.Members[member]
		if (named || len(want.Members) == 0) && !d.cleared[place{c.Ref, member}] {
			d.displace(kind, c, want, member)
		}
	}
}

func (d *draft) displace(kind schema.Kind, c Change, want schema.Object, member string) {
	d.remove(kind, c, want)
	step := &d.steps[len(d.steps)-1]
	step.Op.Request.Target = member
	if member == "" {
		return
	}
	step.ID, step.Title = placedID("delete", c.Ref, member), step.Title+" on "+member
	step.Expect = Expect{Ref: c.Ref, Absent: true, Member: member}
	d.last[c.Ref] = step.ID
}

func placedID(action string, r schema.Ref, member string) StepID {
	if member == "" {
		return StepID(action + ":" + r.String())
	}
	return StepID(fmt.Sprintf("%s:%s@%s", action, r, member))
}

// partChanges returns the parts of members that are to be made or to go, for kinds whose entries name them.
func (d differ) partChanges(want, live schema.Object) []FieldChange {
	shared := live.Ref.Kind != "" && len(live.Members) == 0 // a remote volume: a target only says who makes it
	if d.spec.Lifecycle != schema.Placed || shared {
		return nil
	}
	var out []FieldChange
	for _, member := range want.MemberNames() {
		_, there := live.Members[member]
		f := FieldChange{Path: "members." + member, Member: member}
		switch absent := want.Members[member].State == schema.StateAbsent; {
		case there && absent:
			f.Old, f.New = string(schema.StateCreated), string(schema.StateAbsent)
		case !there && !absent:
			f.New = string(schema.StateCreated)
		default:
			continue
		}
		out = append(out, d.at(want.Ref, f))
	}
	return out
}

// goes reports that every part that the preseed names is to go.
func goes(want schema.Object) bool {
	for _, part := range want.Members {
		if part.State != schema.StateAbsent {
			return false
		}
	}
	return len(want.Members) > 0
}
