package plan

import (
	"maps"
	"slices"
	"strings"

	"clusterctl/schema"
)

// guardInUse refuses deletions of what something else still uses once the plan is done: LXD refuses them at apply, when
// steps before them are done already.
func guardInUse(d *draft, changes []Change, _ Options) schema.Diagnostics {
	deleted := map[schema.Ref]bool{}
	for _, c := range changes {
		if c.Action == Delete && c.Ref.Kind != schema.KindMember {
			deleted[c.Ref] = true
		}
	}
	if len(deleted) == 0 {
		return nil
	}
	inUse := d.usersOf(deleted)
	var out schema.Diagnostics
	for _, c := range changes {
		users := inUse[c.Ref]
		if len(users) == 0 {
			continue
		}
		diag := refusal(CodeInUse, c.At, c.Ref, "cannot delete %s: %s", c.Ref, usedBy(users))
		diag.Detail = "LXD deletes nothing that is in use."
		diag.Hint = "let them use something else, or take them away in the same plan"
		out = append(out, diag)
	}
	return out
}

func usedBy(users []string) string {
	if len(users) == 1 {
		return users[0] + " uses it"
	}
	return sentence(users) + " use it"
}

// usersOf returns what will still use each of the objects that are to go, in order. What goes with its project is no user.
func (d *draft) usersOf(deleted map[schema.Ref]bool) map[schema.Ref][]string {
	out := map[schema.Ref][]string{}
	for _, o := range d.live.Objects() {
		project := schema.Ref{Kind: schema.KindProject, Name: o.Ref.Project}
		if deleted[o.Ref] || deleted[project] && d.goesWithProject(o.Ref) {
			continue
		}
		for _, r := range d.refsThen(o) {
			r = meant(d.live, r)
			if deleted[r] && r != o.Ref && d.blocks(r, o.Ref) {
				out[r] = append(out[r], o.Ref.String())
			}
		}
	}
	for r, users := range out {
		out[r] = slices.Compact(slices.Sorted(slices.Values(users)))
	}
	return out
}

// goesWithProject reports what LXD makes and deletes with a project by itself, such as its profile default.
func (d *draft) goesWithProject(r schema.Ref) bool {
	kind, _ := d.reg.Kind(r.Kind)
	return slices.Contains(kind.Builtin, r.Name)
}

// blocks reports whether the use of one object by another keeps LXD from deleting the first: an instance does not need
// its image any more, a certificate loses its project, and what belongs to a network or a zone goes with it.
func (d *draft) blocks(used, by schema.Ref) bool {
	kind, _ := d.reg.Kind(used.Kind)
	user, _ := d.reg.Kind(by.Kind)
	switch {
	case kind.Lifecycle == schema.Imported, used.Kind == schema.KindProject && user.Scope == schema.ScopeCluster:
		return false
	case user.Parent == used.Kind:
		return used.Kind == schema.KindStoragePool // "Volume ... still exists in storage pool"
	}
	return true
}

// refsThen returns what a live object refers to once the plan is done, networks that its devices name as their parents
// among them.
func (d *draft) refsThen(live schema.Object) []schema.Ref {
	want, declared := d.want.Want.Get(live.Ref)
	kind, _ := d.reg.Kind(live.Ref.Kind)
	then := live
	if declared {
		then = laidOver(live, want)
		if kind.Refs != nil {
			then.Refs = kind.Refs(then)
		}
	}
	var out []schema.Ref
	for _, r := range slices.Concat(then.Refs, parents(then)) {
		if r.Kind != schema.KindMember {
			out = append(out, r)
		}
	}
	return out
}

// laidOver is a live object as the desired one changes it: what is not mentioned stays.
func laidOver(live, want schema.Object) schema.Object {
	out := live.Clone()
	out.Attrs = merged(out.Attrs, want.Attrs)
	out.Config = merged(out.Config, want.Config)
	for name, device := range want.Devices {
		if out.Devices == nil {
			out.Devices = map[string]map[string]string{}
		}
		if schema.DeviceGoes(device) {
			delete(out.Devices, name)
			continue
		}
		out.Devices[name] = merged(out.Devices[name], device)
	}
	for name, list := range want.Lists {
		if out.Lists == nil {
			out.Lists = map[string][]string{}
		}
		out.Lists[name] = list
	}
	return out
}

// merged lays texts over others; an empty one removes.
func merged(texts, over map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, texts)
	for key, value := range over {
		out[key] = value
	}
	maps.DeleteFunc(out, func(_, value string) bool { return strings.TrimSpace(value) == "" })
	return out
}
