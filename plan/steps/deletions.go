package steps

import (
	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// deletionsInOrder returns the deletions of everything but members: what uses an object goes before it. What is not
// deleted by itself but goes with its project, as the profile default does, lets the project go first.
func deletionsInOrder(changes []plan.Change, live schema.Cluster) []plan.Change {
	left := map[schema.Ref]plan.Change{}
	for _, c := range changes {
		if c.Action == plan.Delete && c.Ref.Kind != schema.KindMember {
			left[c.Ref] = c
		}
	}
	if len(left) == 0 {
		return nil
	}
	first := users(left, live)
	var out []plan.Change
	var visit func(r schema.Ref)
	visit = func(r schema.Ref) {
		c, waits := left[r]
		if !waits {
			return
		}
		delete(left, r)
		for _, user := range first[r] {
			visit(user)
		}
		out = append(out, c)
	}
	for _, c := range changes {
		visit(c.Ref)
	}
	return out
}

// users returns, for each object that is to be deleted, the deletions that free it.
func users(deleted map[schema.Ref]plan.Change, live schema.Cluster) map[schema.Ref][]schema.Ref {
	out := map[schema.Ref][]schema.Ref{}
	for _, o := range live.Objects() {
		by := o.Ref
		if _, itself := deleted[by]; !itself {
			by = schema.Ref{Kind: schema.KindProject, Name: o.Ref.Project}
			if _, goes := deleted[by]; !goes {
				continue
			}
		}
		for _, r := range o.Refs {
			r = view.Meant(live, r)
			if _, goes := deleted[r]; goes && r != by {
				out[r] = append(out[r], by)
			}
		}
	}
	return out
}
