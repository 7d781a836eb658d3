package view

import (
	"slices"

	"clusterctl/plan"
	"clusterctl/schema"
)

// Half reports a pool or network that is there and never was whole: a creation was broken off, or failed.
func (v *View) Half(r schema.Ref) bool {
	o, there := v.Live.Get(r)
	return there && v.Live.Facts.Clustered && v.Kind(r.Kind).Lifecycle == schema.Pending &&
		(o.State == schema.StatePending || o.State == schema.StateErrored)
}

// MendsFirst reports that a change finishes such an object, or takes it away, before members join.
func (v *View) MendsFirst(c plan.Change) bool {
	switch {
	case !v.Half(c.Ref):
		return false
	case c.Action == plan.Resume:
		return len(v.Joiners) > 0 && v.resumable(c.Ref)
	case c.Action == plan.Delete:
		return len(v.Joiners) > 0 && !v.usedNow(c.Ref)
	}
	return c.Action == plan.Rebuild
}

// resumable reports that all is there which a half-created object needs, or can be finished as well.
func (v *View) resumable(r schema.Ref) bool {
	return !slices.ContainsFunc(v.UsesThen(r), func(used schema.Ref) bool {
		return !v.Whole(used) && !(v.Half(used) && v.resumable(used))
	})
}

func (v *View) usedNow(r schema.Ref) bool {
	return slices.ContainsFunc(v.Live.Refs(), func(user schema.Ref) bool {
		return slices.Contains(v.UsesNow(user), r)
	})
}

// Present are the members that are in the cluster and are not given up, whether they are to stay or not.
func (v *View) Present() []string {
	return slices.DeleteFunc(v.Live.Facts.MemberOrder(), func(name string) bool {
		return v.Live.Facts.Members[name].State == schema.StatePending ||
			v.Wanted(plan.MemberRef(name)).State == schema.StateLost
	})
}
