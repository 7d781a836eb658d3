package view

import (
	"slices"

	"clusterctl/schema"
)

// UsersOf returns what will still use each of the objects that are to go, in order. What goes with its project is no
// user.
func (v *View) UsersOf(deleted map[schema.Ref]bool) map[schema.Ref][]string {
	out := map[schema.Ref][]string{}
	for o := range v.Live.All() {
		project := schema.Ref{Kind: schema.KindProject, Name: o.Ref.Project}
		if deleted[o.Ref] || deleted[project] && v.goesWithProject(o.Ref) {
			continue
		}
		for _, r := range v.UsesThen(o.Ref) {
			if deleted[r] && r.Kind != schema.KindMember && v.Blocks(r, o.Ref) {
				out[r] = append(out[r], o.Ref.String())
			}
		}
	}
	for r, users := range out {
		out[r] = slices.Compact(slices.Sorted(slices.Values(users)))
	}
	return out
}

// InUse returns those of the objects that others use, now or once the plan is done.
func (v *View) InUse(objects map[schema.Ref]bool) map[schema.Ref]bool {
	out := map[schema.Ref]bool{}
	for o := range v.Live.All() {
		for _, r := range append(v.UsesNow(o.Ref), v.UsesThen(o.Ref)...) {
			if objects[r] {
				out[r] = true
			}
		}
	}
	return out
}

// Builtin returns what LXD has made with a project and deletes with it, such as its profile default.
func (v *View) Builtin(project string) (out []schema.Object) {
	for _, kind := range v.Reg.All() {
		for _, name := range kind.Builtin {
			if o, there := v.Live.Get(schema.Ref{Kind: kind.Name, Project: project, Name: name}); there {
				out = append(out, o)
			}
		}
	}
	return out
}

// goesWithProject reports what LXD makes and deletes with a project by itself, such as its profile default.
func (v *View) goesWithProject(r schema.Ref) bool {
	kind := v.Kind(r.Kind)
	return slices.Contains(kind.Builtin, r.Name)
}

// Blocks reports whether the use of one object by another keeps LXD from deleting the first: an instance does not need
// its image any more, a certificate loses its project, and what belongs to a network or a zone goes with it.
func (v *View) Blocks(used, by schema.Ref) bool {
	kind := v.Kind(used.Kind)
	user := v.Kind(by.Kind)
	switch {
	case kind.Lifecycle == schema.Imported, used.Kind == schema.KindProject && user.Scope == schema.ScopeCluster:
		return false
	case user.Parent == used.Kind:
		return used.Kind == schema.KindStoragePool // "Volume ... still exists in storage pool"
	}
	return true
}
