package build

import (
	"fmt"
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// prune returns the desired side with the absence of what is there, is of one of the kinds, and is not declared; and
// which objects these are. What LXD always has, what is protected, and what is on members that are not declared stays;
// the last is told of.
func prune(want schema.Preseed, live schema.Cluster, reg schema.Registry, kinds []schema.Kind) (schema.Cluster,
	map[schema.Ref]bool, schema.Diagnostics) {
	if len(kinds) == 0 {
		return want.Want, nil, nil
	}
	objects, pruned := want.Want.Objects(), map[schema.Ref]bool{}
	var elsewhere []string
	for _, kind := range kinds {
		for o := range live.AllOfKind(kind.Name) {
			_, declared := want.Want.Get(o.Ref)
			protected := view.IsNamed(live, reg, o.Ref, want.Settings.Protect)
			if declared || protected || pruned[o.Ref] || slices.Contains(kind.Builtin, o.Ref.Name) {
				continue
			}
			gone, whole := goneFrom(want.Want, kind, o)
			if !whole {
				elsewhere = append(elsewhere, o.Ref.String())
			}
			if whole || len(gone.Members) > 0 {
				pruned[o.Ref] = true
				objects = append(objects, gone)
			}
		}
	}
	return schema.NewCluster(want.Want.Facts, objects...), pruned, leftThere(elsewhere)
}

// goneFrom is the absence of an object, as far as it is on members that are declared; whole is false where it is on
// others. Only what lives on several members by parts can go from some: one that is on others alone, or cannot, has no
// members.
func goneFrom(want schema.Cluster, kind schema.Kind, o schema.Object) (gone schema.Object, whole bool) {
	parts := map[string]schema.Part{}
	for _, name := range o.MemberNames() {
		if _, declared := want.Get(plan.MemberRef(name)); declared {
			parts[name] = schema.Part{State: schema.StateAbsent}
		}
	}
	switch {
	case !view.OnMembers(kind) || len(parts) == len(o.Members):
		return schema.Object{Ref: o.Ref, State: schema.StateAbsent}, true
	case kind.Lifecycle == schema.Placed:
		return schema.Object{Ref: o.Ref, Members: parts}, false
	}
	return schema.Object{Ref: o.Ref}, false
}

// leftThere says what of the pruned kinds stays because of where it is.
func leftThere(objects []string) schema.Diagnostics {
	if len(objects) == 0 {
		return nil
	}
	return schema.Diagnostics{{Severity: schema.SeverityAdvice, Code: plan.CodeUndeclared,
		Summary: "pruning leaves what is on members that the preseed does not mention: " + view.Sentence(objects)}}
}

// prunedKinds returns the kinds that the preseed and the options name, and what is wrong with the options' names.
func prunedKinds(settings schema.Settings, names []string, reg schema.Registry) ([]schema.Kind, schema.Diagnostics) {
	var out []schema.Kind
	for _, name := range settings.Prune {
		if kind, ok := reg.Kind(name); ok {
			out = append(out, kind)
		}
	}
	var found schema.Diagnostics
	for _, name := range names {
		kind, ok := reg.Plural(name)
		if !ok {
			kind, ok = reg.Kind(schema.KindName(name))
		}
		if ok && kind.Lifecycle.Removable() {
			out = append(out, kind)
			continue
		}
		found = append(found, schema.Diagnostic{Severity: schema.SeverityError, Code: plan.CodeUnknownTarget,
			Summary: fmt.Sprintf("cannot prune %q: there is no such kind of thing to remove", name),
			Hint:    schema.DidYouMean(name, reg.Removable())})
	}
	return out, found
}

// undeclared gives the deletions of pruned objects their reason.
func undeclared(changes []plan.Change, pruned map[schema.Ref]bool) []plan.Change {
	out := slices.Clone(changes)
	for i := range out {
		if pruned[out[i].Ref] {
			out[i].Reason = "not declared, and its kind is pruned"
		}
	}
	return out
}
