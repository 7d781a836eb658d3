package plan

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"clusterctl/schema"
)

// Ground notes what the plan relies on: which cluster it was made for, and fingerprints of what is there.
func (p *Plan) Ground(live schema.Cluster) {
	p.Flavour, p.Cluster = live.Facts.Flavour, schema.Fingerprint(live.Facts.Certificate)
	p.Base = fingerprints(p, live)
}

// Elsewhere says what tells the cluster from the one that the plan was made for: nothing where it is the same, as far
// as both were seen.
func (p *Plan) Elsewhere(now schema.Facts) []string {
	var out []string
	if f := now.Flavour; p.Flavour.Product != "" && f.Product != "" && p.Flavour != f {
		out = append(out, fmt.Sprintf("it was made for %s %s, and the servers run %s %s", p.Flavour.Product.Title(),
			p.Flavour.Version, f.Product.Title(), f.Version))
	}
	if cluster := schema.Fingerprint(now.Certificate); p.Cluster != "" && cluster != "" && p.Cluster != cluster {
		out = append(out, fmt.Sprintf("it was made for the cluster with the certificate %.12s, and this one has %.12s",
			p.Cluster, cluster))
	}
	return out
}

// fingerprints returns the fingerprints of the rows that the plan relies on: the objects that it changes, as far as it
// changes them, with the operations of their steps, and all members with all that is said of them. Another member more
// counts as well: what is created on all of them is created there, too.
func fingerprints(p *Plan, live schema.Cluster) map[schema.Ref]string {
	relied := map[schema.Ref]string{}
	for _, m := range live.OfKind(schema.KindMember) {
		relied[m.Ref] = rowsOf(Change{Ref: m.Ref}, live)
	}
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
	now := fingerprints(p, live)
	for ref, is := range now {
		if p.Base[ref] != is {
			moved = append(moved, ref)
		}
	}
	for ref := range p.Base {
		if _, there := now[ref]; !there {
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
		if ref.Kind == schema.KindMember {
			moved.Reason = "another state, attribute, configuration, group or role than when the plan was made, " +
				"or other steps"
		}
		switch {
		case !found && (!planned || c.Action != Create):
			moved.Reason = "was there, is gone"
		case found && (planned && c.Action == Create || p.Base[ref] == ""):
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
// of the fields that differ; of a member all that it has.
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
	if c.Ref.Kind == schema.KindMember {
		writeBody(&b, o)
	}
	return b.String()
}

// writeBody writes what a member has, whoever was asked: one source leaves out what another has as nothing, and the
// database's own roles come and go.
func writeBody(b *strings.Builder, o schema.Object) {
	for _, values := range []map[string]string{o.Attrs, o.Config} {
		for _, key := range schema.SortedKeys(values) {
			if values[key] != "" {
				fmt.Fprintf(b, "%q=%q\n", key, values[key])
			}
		}
	}
	for _, list := range schema.SortedKeys(o.Lists) {
		names := slices.DeleteFunc(slices.Clone(o.Lists[list]), schema.AutomaticRole)
		if len(names) > 0 {
			fmt.Fprintf(b, "%q=%q\n", list, ListText(names))
		}
	}
}

// ValueOf returns what an object has of a field, in the words of [FieldChange.Old].
func ValueOf(f FieldChange, o schema.Object) string {
	switch {
	case f.Path == "state":
		return string(o.State)
	case f.Path == "attrs."+TargetAttr && len(o.Members) > 0: // an instance is on one
		return o.MemberNames()[0]
	case f.Member != "" && f.Key == "":
		part, there := o.Members[f.Member]
		if there {
			return cmp.Or(string(part.State), string(schema.StateCreated))
		}
		return ""
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

// Sign puts a seal on the plan that only a holder of the key can make.
func (p *Plan) Sign(key []byte) error {
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	rest, _, err := unsealed(data)
	p.Seal = sealOf(rest, key)
	return err
}

// Open reads a saved plan. Sealed reports that a holder of the key made it, and that no byte that counts has changed.
func Open(data, key []byte) (p *Plan, sealed bool, err error) {
	rest, seal, err := unsealed(data)
	if err != nil {
		return nil, false, fmt.Errorf("reading a plan: %w", err)
	}
	p = new(Plan)
	// What is read is what the seal was made of: a key that the file has twice cannot be two things.
	if err := json.Unmarshal(rest, p); err != nil {
		return nil, false, err
	}
	p.Seal = seal
	return p, len(key) > 0 && hmac.Equal([]byte(seal), []byte(sealOf(rest, key))), nil
}

// unsealed takes the seal off a plan's JSON and returns the rest, in one spelling.
func unsealed(data []byte) (rest []byte, seal string, err error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, "", err
	}
	_ = json.Unmarshal(fields["seal"], &seal) // none, or none that fits
	delete(fields, "seal")
	rest, err = json.Marshal(fields)
	return rest, seal, err
}

// sealOf is the HMAC-SHA256 of a plan's JSON, in hex.
func sealOf(rest, key []byte) string {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write([]byte("clusterctl plan\n")) // never fails
	_, _ = mac.Write(rest)
	return hex.EncodeToString(mac.Sum(nil))
}
