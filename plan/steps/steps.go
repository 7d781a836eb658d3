package steps

import (
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// Of returns the steps of all changes, in the order in which people read them. Each names what it follows beside what
// its object uses; plan/order finds the steps that are meant.
func Of(v *view.View, changes []plan.Change, leaving view.Departures) []plan.Step {
	out := append(leftovers(v, changes), membership(v, changes, leaving)...)
	deleted := map[schema.Ref]bool{}
	for _, c := range changes {
		deleted[c.Ref] = c.Action == plan.Delete
	}
	for _, c := range changes {
		j := jobOf(v, c, leaving)
		j.deleted = deleted
		if lifecycle := lifecycles[j.kind.Lifecycle]; lifecycle != nil {
			made := lifecycle(j)
			if c.Action == plan.Create && (j.kind.Lifecycle == schema.Imported || j.kind.Lifecycle == schema.Running) {
				for i := range made[:min(1, len(made))] {
					made[i].Follows = append(made[i].Follows, moved(v)...)
				}
			}
			out = append(out, made...)
		}
	}
	out = append(out, leaveRaft(v, changes)...)
	keepApart(v, out)
	return out
}

// lifecycles make steps of the changes of one object. The servers' configuration is part of forming the cluster.
var lifecycles = map[schema.Lifecycle]func(job) []plan.Step{
	schema.Simple: simple, schema.Pending: pending, schema.Placed: placed, schema.Imported: imported,
	schema.Running:    running,
	schema.Membership: memberSettings,
}

// job is one change, with what its lifecycle looks at.
type job struct {
	*view.View
	leaving    view.Departures
	change     plan.Change
	kind       schema.Kind
	want, live schema.Object
	// deleted are the objects that go.
	deleted map[schema.Ref]bool
}

func jobOf(v *view.View, c plan.Change, leaving view.Departures) job {
	live, _ := v.Remaining(c.Ref)
	return job{View: v, leaving: leaving, change: c, kind: v.Kind(c.Ref.Kind), want: v.Wanted(c.Ref), live: live}
}

// title begins with what is done and ends with the object: "Create profile web".
func (j job) title(verb string) string { return verb + " " + view.Named(j.kind, j.change.Ref) }

// on adds the member, if there is one, to a title.
func on(title, member string) string {
	if member == "" {
		return title
	}
	return title + " on " + member
}

// step returns a step of the object, or of its part on a member.
func (j job) step(action, member string, s plan.Step) plan.Step {
	s.ID, s.Cause, s.At = stepID(action, j.change.Ref, member), j.change.Ref, j.change.At
	return s
}

func stepID(action string, r schema.Ref, member string) plan.StepID {
	id := action + ":" + r.String()
	if member != "" {
		id += "@" + member
	}
	return plan.StepID(id)
}

// request is a call about the object.
func (j job) request(method, path string, body any) *plan.Request {
	r := &plan.Request{Method: method, Path: path, Project: view.Project(j.kind, j.change.Ref)}
	if body != nil {
		r.Body = plan.Body(body)
	}
	return r
}

// sections are those of a call for which LXD goes to all members, or which cannot be taken back.
func (j job) sections() []plan.Section {
	return append([]plan.Section{plan.SectionCluster}, j.making()...)
}

// making are the sections of the call that creates the object on all members: nothing is lost with it, and what it uses
// has been waited for.
func (j job) making() []plan.Section {
	if j.kind.Lifecycle != schema.Pending {
		return nil
	}
	return []plan.Section{plan.SectionOf(j.kind.Name)}
}

// after names steps.
func after(steps ...plan.Step) []plan.Need {
	return schema.Map(steps, func(s plan.Step) plan.Need { return plan.AfterStep(s.ID) })
}

// chain has each step follow the one before it.
func chain(steps ...plan.Step) []plan.Step {
	out := slices.Clone(steps)
	for i := 1; i < len(out); i++ {
		out[i].Follows = append(after(out[i-1]), out[i].Follows...)
	}
	return out
}
