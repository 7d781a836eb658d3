package diff

import (
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// Part returns the differences in what one member has of an object, from what it has now.
func Part(spec schema.Spec, v *view.View, want schema.Object, member string, live schema.Part) []plan.FieldChange {
	return comparing(spec, v.Want, v.Live.Facts).part(want, member, "", live)
}

// Fields returns the differences between two objects of one kind.
func Fields(spec schema.Spec, v *view.View, want, live schema.Object) []plan.FieldChange {
	return comparing(spec, v.Want, v.Live.Facts).fields(want, live)
}

func comparing(spec schema.Spec, want schema.Preseed, facts schema.Facts) comparer {
	return comparer{spec: spec, source: want.Source, facts: facts, secrets: want.Secrets}
}

// comparer finds the differences between a desired and a live object of one kind.
type comparer struct {
	spec   schema.Spec
	source schema.Source
	facts  schema.Facts
	// secrets have the values of what the preseed gives by reference, as far as they are known.
	secrets map[string]schema.Secret
}

// fields returns the differences in everything that the desired object manages. What it does not mention is not
// managed and is no difference.
func (c comparer) fields(want, live schema.Object) []plan.FieldChange {
	var out []plan.FieldChange
	want = c.spread(want, live)
	for _, name := range schema.SortedKeys(want.Attrs) {
		out = append(out, c.attr(want, live, name)...)
	}
	variant := c.variant(want, live)
	for _, key := range schema.SortedKeys(want.Config) {
		f := plan.FieldChange{Path: "config." + key, Key: key, Old: live.Config[key], New: want.Config[key]}
		out = append(out, c.key(want.Ref, variant, f, live.Config)...)
	}
	for _, name := range schema.SortedKeys(want.Devices) {
		device, there := live.Devices[name]
		switch goes := schema.DeviceGoes(want.Devices[name]); {
		case goes && there:
			f := plan.FieldChange{Path: "devices." + name, Device: name, Old: device["type"], New: string(schema.StateAbsent)}
			out = append(out, c.at(want.Ref, f))
		case !goes:
			out = append(out, c.device(want.Ref, name, want.Devices[name], device)...)
		}
	}
	for _, name := range schema.SortedKeys(want.Lists) {
		if w, l := plan.ListText(want.Lists[name]), plan.ListText(live.Lists[name]); w != l {
			f := c.at(want.Ref, plan.FieldChange{Path: "lists." + name, Key: name, Old: l, New: w})
			if name == "groups" && want.Ref.Kind == schema.KindMember {
				f.At = c.enrolled(want, live, f.At)
			}
			out = append(out, f)
		}
	}
	for _, member := range want.MemberNames() {
		if part, known := live.Members[member]; known && part.State != schema.StateUnknown &&
			want.Members[member].State != schema.StateAbsent {
			out = append(out, c.part(want, member, variant, part)...)
		} // a missing part is the lifecycle's business, an unread one nobody's
	}
	return out
}

// enrolled is where the preseed says the groups of a member: at the member or, where that says none, at the first group
// that puts it in, or leaves it out, by members:.
func (c comparer) enrolled(want, live schema.Object, at schema.Position) schema.Position {
	if at != c.source.At(want.Ref, "") {
		return at
	}
	now, then := live.Lists["groups"], want.Lists["groups"]
	for _, group := range slices.Sorted(slices.Values(slices.Concat(now, then))) {
		if slices.Contains(now, group) == slices.Contains(then, group) {
			continue
		}
		says := schema.Ref{Kind: schema.KindGroup, Name: group}
		word := schema.Reference{Field: "lists.members", Ref: want.Ref}
		if there := c.source.Naming(says, word); there != c.source.At(says, "") {
			return there
		}
	}
	return at
}

func (c comparer) part(want schema.Object, member, variant string, live schema.Part) []plan.FieldChange {
	var out []plan.FieldChange
	part := want.Members[member]
	for _, name := range schema.SortedKeys(part.Attrs) {
		f := plan.FieldChange{Path: "members." + member + "." + name, Member: member, Key: name, Old: live.Attrs[name],
			New: part.Attrs[name]}
		if c.differs(f) {
			out = append(out, c.at(want.Ref, f))
		}
	}
	for _, key := range schema.SortedKeys(part.Config) {
		f := plan.FieldChange{Path: "members." + member + "." + key, Member: member, Key: key, Old: live.Config[key],
			New: part.Config[key]}
		if rule, _ := c.spec.Rule(variant, key); rule.Once && live.State == schema.StateCreated {
			continue // creation took it, and keeps nothing of it
		}
		if live.State == schema.StatePending && f.New == "" && f.Old != "" {
			out = append(out, c.at(want.Ref, f)) // nothing is made of it yet: what was given by mistake is taken back
			continue
		}
		out = append(out, c.key(want.Ref, variant, f, live.Config)...)
	}
	return out
}

// spread gives an object that names no member to all members that have it, where each of them has its own.
func (c comparer) spread(want, live schema.Object) schema.Object {
	if c.spec.Lifecycle != schema.Placed || len(want.Members) > 0 || len(live.Members) == 0 {
		return want
	}
	parts := map[string]schema.Part{}
	var shared schema.Object
	for _, member := range live.MemberNames() {
		shared = c.spec.OnTarget(want, member)
		parts[member] = shared.Members[member]
	}
	shared.Members = parts
	return shared
}

// variant is the value of the attribute that key rules depend on, such as the pool's driver.
func (c comparer) variant(want, live schema.Object) string {
	if v := live.Attrs[c.spec.Variant]; v != "" {
		return v
	}
	return want.Attrs[c.spec.Variant]
}

func (c comparer) attr(want, live schema.Object, name string) []plan.FieldChange {
	f := plan.FieldChange{Path: "attrs." + name, Key: name, Old: live.Attrs[name], New: want.Attrs[name]}
	attr, _ := c.spec.Attr(name)
	there := live.Ref.Kind != ""
	if !c.differs(f) || attr.Quiet || there && (attr.Once || name == plan.TargetAttr) {
		return nil
	}
	return []plan.FieldChange{c.at(want.Ref, f)}
}

// differs reports whether two values of an attribute mean different things.
func (c comparer) differs(f plan.FieldChange) bool {
	attr, _ := c.spec.Attr(f.Key)
	f.New = c.revealed(f)
	if attr.Address {
		f.New, f.Old = schema.AddressForm(f.New), schema.AddressForm(f.Old)
	}
	return f.New != f.Old && (f.Old != "" || f.New != attr.Default) && (f.New != "" || !attr.Server && attr.Default == "")
}

// key returns f if it is a difference under the rule of its key; live is the configuration beside it.
func (c comparer) key(ref schema.Ref, variant string, f plan.FieldChange, live map[string]string) []plan.FieldChange {
	rule, _ := c.spec.Rule(variant, f.Key)
	switch {
	case rule.Volatile, rule.Secret && c.secretKept(ref, f), !rule.Secret && same(rule, c.revealed(f), f.Old):
		return nil
	case f.New != "" && f.New == live["volatile.initial_"+f.Key]:
		return nil // the daemon keeps the source it was given beside the one it uses
	}
	f.Secret = rule.Secret
	return []plan.FieldChange{c.at(ref, f)}
}

// device compares one device. Keys that the preseed does not mention stay as they are.
func (c comparer) device(ref schema.Ref, name string, want, live map[string]string) []plan.FieldChange {
	var out []plan.FieldChange
	for _, key := range schema.SortedKeys(want) {
		if want[key] == live[key] {
			continue
		}
		f := plan.FieldChange{Path: "devices." + name + "." + key, Device: name, Key: key, Old: live[key], New: want[key]}
		rule, _ := c.spec.DeviceRule(c.spec.DeviceVariants(want, ""), key, c.facts.Flavour)
		if !same(rule, c.revealed(f), f.Old) {
			out = append(out, c.at(ref, f))
		}
	}
	return out
}

// at returns the difference with its place in the preseed, and without what may not be shown.
func (c comparer) at(ref schema.Ref, f plan.FieldChange) plan.FieldChange {
	f.At = c.source.At(ref, f.Path)
	if _, hidden := schema.SecretName(f.New); hidden || f.Secret {
		f.Secret, f.New, f.Old = true, masked(f.New), masked(f.Old)
	}
	f.Old = schema.WithoutPasswords(f.Old)
	return f
}
