package plan

import (
	"slices"

	"clusterctl/schema"
)

// referable are the kinds that every reading of a cluster or server has in full, so that what is not in it is not there.
var referable = []schema.KindName{schema.KindStoragePool, schema.KindNetwork, schema.KindProfile, schema.KindGroup}

// guardReferences refuses objects that name a pool, network, profile or group that is neither in the preseed nor
// there already. The decoder finds such names only where the preseed has others of the kind.
func guardReferences(d *draft, changes []Change, _ Options) schema.Diagnostics {
	if len(d.live.Refs()) == 0 {
		return nil // nothing could be read, and that is refused elsewhere
	}
	var out schema.Diagnostics
	for _, c := range changes {
		if c.Action == Delete || c.Action == Refuse {
			continue
		}
		want, _ := d.want.Want.Get(c.Ref)
		for _, ref := range want.Refs {
			kind, _ := d.reg.Kind(ref.Kind)
			image := kind.Lifecycle == schema.Imported && c.Action == Create && ref.Project == schema.DefaultProject
			if !image && !slices.Contains(referable, ref.Kind) || d.known(ref) {
				continue // an image is needed to make an instance, and never again
			}
			diag := refusal(schema.CodeReference, c.At, c.Ref, "cannot use %s in %s: there is none of that name", named(kind, ref), c.Ref)
			diag.Detail = "It is neither in the preseed nor in the cluster."
			diag.Hint = "correct the name, or add it to " + kind.Plural + ":"
			out = append(out, diag)
		}
	}
	return out
}

// known reports that an object is there, or will be.
func (d *draft) known(ref schema.Ref) bool {
	kind, ok := d.reg.Kind(ref.Kind)
	_, there := d.live.Get(ref)
	_, wanted := d.want.Want.Get(ref)
	return !ok || there || wanted || slices.Contains(kind.Builtin, ref.Name)
}
