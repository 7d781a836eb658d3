package plan

import (
	"slices"

	"clusterctl/schema"
)

// prune returns the desired side with the absence of what is there, is of one of the kinds, and is not declared; and
// which objects these are. What LXD always has, and what is protected, stays.
func prune(want schema.Preseed, live schema.Cluster, reg schema.Registry, kinds []schema.KindName) (schema.Cluster, map[schema.Ref]bool) {
	objects, pruned := want.Want.Objects(), map[schema.Ref]bool{}
	for _, name := range slices.Concat(want.Settings.Prune, kinds) {
		kind, known := reg.Kind(name)
		if !known || !kind.Lifecycle.Removable() || kind.Lifecycle == schema.Membership {
			continue
		}
		for _, o := range live.OfKind(name) {
			_, declared := want.Want.Get(o.Ref)
			if declared || pruned[o.Ref] || slices.Contains(kind.Builtin, o.Ref.Name) || slices.Contains(want.Settings.Protect, o.Ref) {
				continue
			}
			pruned[o.Ref] = true
			objects = append(objects, schema.Object{Ref: o.Ref, State: schema.StateAbsent})
		}
	}
	return schema.NewCluster(want.Want.Facts, objects...), pruned
}

// undeclared gives the deletions of pruned objects their reason.
func undeclared(changes []Change, pruned map[schema.Ref]bool) []Change {
	out := slices.Clone(changes)
	for i := range out {
		if pruned[out[i].Ref] {
			out[i].Reason = "not declared, and its kind is pruned"
		}
	}
	return out
}
