package session

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

// Compare returns what the second of two preseeds or dumps has otherwise than the first. Unlike in a plan, what only
// one of them mentions is a difference, too. A dump is taken as the preseed that an export of its cluster would be.
func (s *Session) Compare(ctx context.Context, first, second string) ([]plan.Change, error) {
	a, err := s.side(ctx, first)
	if err != nil {
		return nil, err
	}
	b, err := s.side(ctx, second)
	if err != nil {
		return nil, err
	}
	var out []plan.Change
	for _, kind := range s.Registry.All() {
		refs := schema.Map(slices.Concat(a.Want.OfKind(kind.Name), b.Want.OfKind(kind.Name)),
			func(o schema.Object) schema.Ref { return o.Ref })
		slices.SortFunc(refs, schema.Ref.Compare)
		for _, ref := range slices.Compact(refs) {
			if c := compare(ref, a, b); len(c.Fields) > 0 || c.Action != plan.Update {
				out = append(out, c)
			}
		}
	}
	return out, nil
}

func (s *Session) side(ctx context.Context, name string) (schema.Preseed, error) {
	inputs, err := s.asPreseed(ctx, name)
	if err != nil {
		return schema.Preseed{}, err
	}
	want, found, err := s.Decode(ctx, inputs)
	if isDump(name) {
		want.Source = schema.Source{} // it has the lines of the export
	}
	if err == nil && found.Has(schema.SeverityError) {
		err = &InvalidError{Files: []string{name}, Found: found}
	}
	return want, err
}

func (s *Session) asPreseed(ctx context.Context, name string) ([]preseed.Input, error) {
	if !isDump(name) {
		return s.Inputs([]string{name})
	}
	of := *s
	of.Dump, of.World = name, s.World.FromDump(s.Machine, name)
	text, err := of.Export(ctx, Where{})
	return []preseed.Input{{Name: name, Data: text}}, err
}

// isDump reports whether a file begins as dumps of databases do. What cannot be read is none, and told by whoever reads
// it.
func isDump(name string) bool {
	if name == "-" {
		return false
	}
	file, err := openInput(name)
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }() // it was only read
	head := make([]byte, len("PRAGMA foreign_keys"))
	n, _ := file.Read(head)
	return bytes.Equal(head[:n], []byte("PRAGMA foreign_keys"))
}

// compare returns how an object of one preseed differs from that of another.
func compare(ref schema.Ref, a, b schema.Preseed) plan.Change {
	old, inFirst := a.Want.Get(ref)
	now, inSecond := b.Want.Get(ref)
	c := plan.Change{Ref: ref, Action: plan.Update, Reason: "differs", At: b.Source.At(ref, "")}
	switch {
	case !inFirst:
		c.Action, c.Reason = plan.Create, "only in the second"
	case !inSecond:
		c.Action, c.Reason, c.At = plan.Delete, "only in the first", a.Source.At(ref, "")
		return c
	}
	before, after := values(old), values(now)
	byPath := func(a, b plan.FieldChange) int { return strings.Compare(a.Path, b.Path) }
	for _, f := range slices.SortedFunc(maps.Keys(union(before, after)), byPath) {
		f.Old, f.New, f.At = before[f], after[f], b.Source.At(ref, f.Path)
		hidden, was := schema.SecretName(f.Old)
		shown, is := schema.SecretName(f.New)
		if same := f.Old == f.New; same && !is || was && is && a.Secrets[hidden].Same(b.Secrets[shown]) {
			continue
		}
		if was || is {
			f.Secret, f.Old, f.New = true, "***", "***"
		}
		c.Fields = append(c.Fields, f)
	}
	return c
}

func union[K comparable, V any](a, b map[K]V) map[K]V {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// values are all values of an object, by their fields.
func values(o schema.Object) map[plan.FieldChange]string {
	out := map[plan.FieldChange]string{}
	add := func(path string, of plan.FieldChange, texts map[string]string) {
		for key, value := range texts {
			of.Path, of.Key = path+"."+key, key
			out[of] = schema.WithoutPasswords(value)
		}
	}
	add("attrs", plan.FieldChange{}, o.Attrs)
	add("config", plan.FieldChange{}, o.Config)
	for name, device := range o.Devices {
		add("devices."+name, plan.FieldChange{Device: name}, device)
	}
	for name, part := range o.Members {
		add("members."+name, plan.FieldChange{Member: name}, part.Attrs)
		add("members."+name, plan.FieldChange{Member: name}, part.Config)
	}
	for name, list := range o.Lists {
		out[plan.FieldChange{Path: "lists." + name, Key: name}] = strings.Join(list, ",")
	}
	if o.State != schema.StateCreated && o.State != "" {
		out[plan.FieldChange{Path: "state", Key: "state"}] = string(o.State)
	}
	return out
}
