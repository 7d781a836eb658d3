package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"clusterctl/schema"
)

// Fingerprints returns the fingerprints of the rows that the plan relies on: the objects that it changes, as far as it
// changes them, and the members.
func Fingerprints(p *Plan, live schema.Cluster) map[schema.Ref]string {
	out := map[schema.Ref]string{}
	for _, c := range p.Changes {
		out[c.Ref] = fingerprint(c, live)
	}
	for _, m := range p.Members {
		if _, changed := out[MemberRef(m.Name)]; !changed {
			out[MemberRef(m.Name)] = fingerprint(Change{Ref: MemberRef(m.Name)}, live)
		}
	}
	return out
}

// Stale returns the objects that are no longer what the plan was made from, in order.
func Stale(p *Plan, live schema.Cluster) []schema.Ref {
	var moved []schema.Ref
	for ref, was := range Fingerprints(p, live) {
		if p.Base[ref] != was {
			moved = append(moved, ref)
		}
	}
	slices.SortFunc(moved, schema.Ref.Compare)
	return moved
}

// Moved returns the stale objects with what the plan saw (Old) and what is there now (New), as far as the plan holds
// it.
func Moved(p *Plan, live schema.Cluster) []Change {
	made := map[schema.Ref]Change{}
	for _, c := range p.Changes {
		made[c.Ref] = c
	}
	var out []Change
	for _, ref := range Stale(p, live) {
		o, found := live.Get(ref)
		c, planned := made[ref]
		moved := Change{Ref: ref, Action: c.Action, At: c.At,
			Reason: "another state, or other members, than when the plan was made"}
		switch {
		case !found:
			moved.Reason = "was there, is gone"
		case planned && c.Action == Create:
			moved.Reason = "was not there, is " + string(o.State) + " now"
		default:
			for _, f := range c.Fields {
				if now := liveValue(f, o); !f.Secret && now != f.Old {
					f.New = now
					moved.Fields = append(moved.Fields, f)
				}
			}
			if len(moved.Fields) > 0 {
				moved.Reason = "has other values"
			}
		}
		out = append(out, moved)
	}
	return out
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
	case f.Device != "" && f.Key == "":
		return o.Devices[f.Device]["type"]
	case f.Device != "":
		return o.Devices[f.Device][f.Key]
	case f.Path == "attrs."+f.Key:
		return o.Attrs[f.Key]
	case f.Path == "lists."+f.Key:
		return ListText(o.Lists[f.Key])
	default:
		return o.Config[f.Key]
	}
}
