package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"clusterctl/schema"
)

// base returns the fingerprints of the rows that the plan relies on: the objects that it changes, as far as it
// changes them, and the members.
func base(p *Plan, live schema.Cluster) map[schema.Ref]string {
	out := map[schema.Ref]string{}
	for _, c := range p.Changes {
		out[c.Ref] = fingerprint(c, live)
	}
	for _, m := range p.Members {
		if _, changed := out[memberRef(m.Name)]; !changed {
			out[memberRef(m.Name)] = fingerprint(Change{Ref: memberRef(m.Name)}, live)
		}
	}
	return out
}

// Stale returns the objects that are no longer what the plan was made from, in order.
func Stale(p *Plan, live schema.Cluster) []schema.Ref {
	var moved []schema.Ref
	for ref, was := range base(p, live) {
		if p.Base[ref] != was {
			moved = append(moved, ref)
		}
	}
	slices.SortFunc(moved, schema.Ref.Compare)
	return moved
}

// fingerprint is the SHA-256 of what a change relies on, in hex: whether the object is there, its state and its
// parts' states, and the live values of the fields that differ.
func fingerprint(c Change, live schema.Cluster) string {
	o, found := live.Get(c.Ref)
	var b strings.Builder
	fmt.Fprintf(&b, "%t %q\n", found, o.State)
	for _, m := range o.MemberNames() {
		fmt.Fprintf(&b, "%q %q\n", m, o.Members[m].State)
	}
	for _, f := range c.Fields {
		fmt.Fprintf(&b, "%q=%q\n", f.Path, liveValue(f, o))
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

func liveValue(f FieldChange, o schema.Object) string {
	switch {
	case f.Path == "state":
		return string(o.State)
	case f.Member != "":
		part := o.Members[f.Member]
		return part.Config[f.Key] + part.Attrs[f.Key]
	case f.Device != "":
		return o.Devices[f.Device][f.Key]
	case f.Path == "attrs."+f.Key:
		return o.Attrs[f.Key]
	case f.Path == "lists."+f.Key:
		return joined(o.Lists[f.Key])
	default:
		return o.Config[f.Key]
	}
}
