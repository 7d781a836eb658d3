package guard

import (
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// referable are the kinds that every reading of a cluster or server has in full, so that what is not in it is not there.
var referable = []schema.KindName{schema.KindStoragePool, schema.KindNetwork, schema.KindProfile, schema.KindGroup}

// guardReferences refuses objects that name a pool, network, profile or group that is neither in the preseed nor
// there already. The decoder finds such names only where the preseed has others of the kind.
func guardReferences(p Proposal) schema.Diagnostics {
	if len(p.Live.Refs()) == 0 {
		return nil // nothing could be read, and that is refused elsewhere
	}
	var out schema.Diagnostics
	for _, c := range p.Changes {
		if c.Action == plan.Delete || c.Action == plan.Refuse {
			continue
		}
		want := p.Wanted(c.Ref)
		for _, r := range p.Kind(c.Ref.Kind).References(want) {
			ref, kind := r.Ref, p.Kind(r.Ref.Kind)
			if !slices.Contains(want.Refs, ref) {
				ref.Project = schema.DefaultProject // its project has none of its own
			}
			image := kind.Lifecycle == schema.Imported && c.Action == plan.Create && ref.Project == schema.DefaultProject
			if !slices.Contains(want.Refs, ref) {
				continue // it follows from what another member had
			}
			if !image && !slices.Contains(referable, ref.Kind) || p.Known(ref) {
				continue // an image is needed to make an instance, and never again
			}
			diag := plan.Refusal(schema.CodeReference, p.Want.Source.Naming(c.Ref, r), c.Ref, "cannot use %s in %s: there is none of that name", view.Named(kind, ref), c.Ref)
			diag.Detail = "It is neither in the preseed nor in the cluster."
			diag.Hint = "correct the name, or add it to " + kind.Plural + ":"
			out = append(out, diag)
		}
	}
	return out
}
