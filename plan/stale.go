package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"clusterctl/schema"
)

// Fingerprints returns the fingerprints of the rows that the plan relies on: the objects that it changes, as far as it
// changes them, with the operations of their steps, and the members.
func Fingerprints(p *Plan, live schema.Cluster) map[schema.Ref]string {
	relied := map[schema.Ref]string{}
	for _, m := range p.Members {
		relied[MemberRef(m.Name)] = rowsOf(Change{Ref: MemberRef(m.Name)}, live)
	}
	for _, s := range p.Steps {
		relied[s.Cause] = rowsOf(Change{Ref: s.Cause}, live)
	}
	for _, c := range p.Changes {
		relied[c.Ref] = rowsOf(c, live)
	}
	for _, s := range p.Steps {
		op, _ := json.Marshal(s.Op) // of maps and texts, which always encode
		relied[s.Cause] += fmt.Sprintf("%q %s\n", s.Member, op)
	}
	for ref, text := range relied {
		sum := sha256.Sum256([]byte(text))
		relied[ref] = hex.EncodeToString(sum[:])
	}
	return relied
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
			Reason: "another state, other members or other steps than when the plan was made"}
		switch {
		case !found && (!planned || c.Action != Create):
			moved.Reason = "was there, is gone"
		case found && planned && c.Action == Create:
			moved.Reason = "was not there, is " + string(o.State) + " now"
		default:
			for _, f := range c.Fields {
				if now := schema.WithoutPasswords(ValueOf(f, o)); !f.Secret && now != f.Old {
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

// rowsOf is what a change relies on: whether the object is there, its state and its parts' states, and the live values
// of the fields that differ.
func rowsOf(c Change, live schema.Cluster) string {
	o, found := live.Get(c.Ref)
	var b strings.Builder
	fmt.Fprintf(&b, "%t %q\n", found, o.State)
	for _, m := range o.MemberNames() {
		fmt.Fprintf(&b, "%q %q\n", m, o.Members[m].State)
	}
	for _, f := range c.Fields {
		fmt.Fprintf(&b, "%q=%q\n", f.Path, ValueOf(f, o))
	}
	return b.String()
}

// ValueOf returns what an object has of a field.
func ValueOf(f FieldChange, o schema.Object) string {
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
