package plan

import (
	"cmp"
	"slices"

	"clusterctl/schema"
)

// Options are what the person who asks for a plan decides.
type Options struct {
	// AllowDestroy names the objects that may be deleted, in the text form of a Ref.
	AllowDestroy []string
	// Targets, when there are any, name the only objects that the plan is about; what they need comes with them.
	// Excludes name objects that it leaves alone. Both are KIND/NAME or KIND/PROJECT/NAME.
	Targets, Excludes []string
	// Prune are kinds whose undeclared objects are removed, beside those that the preseed names; as in a preseed, or
	// in the singular.
	Prune []string
	// Evacuate moves the instances and the custom volumes away from members that leave.
	Evacuate bool
}

// Build compares the two sides and returns the whole plan. It always returns one: what speaks against applying it
// is in its Diagnostics.
func Build(want schema.Preseed, live schema.Cluster, reg schema.Registry, opts Options) *Plan {
	live = restored(want.Want, live)
	reg = reg.For(live.Facts.Flavour)
	want.Want = implied(want, live)
	kinds, unknown := prunedKinds(want.Settings, opts.Prune, reg)
	var pruned map[schema.Ref]bool
	want.Want, pruned = prune(want, live, reg, kinds)
	chosen := choose(undeclared(Diff(want, live, reg), pruned), want, reg, live, opts)
	changes := chosen.changes
	d := newDraft(chosen.want, live, reg)
	d.evacuate = opts.Evacuate
	d.membership(changes)
	for _, kind := range d.kinds() {
		if kind.Lifecycle != schema.Singleton {
			d.kind(kind, changes)
		}
	}
	for _, c := range deletionsInOrder(changes, live) {
		d.change(c)
	}
	p := &Plan{Flavour: live.Facts.Flavour, Source: live.Facts.Source, Files: want.Files, Changes: inOrder(changes, d.steps), Steps: d.steps, Members: want.Members, Bootstrap: want.Bootstrap, Diagnostics: slices.Concat(unknown, chosen.found)}
	for _, guard := range guards {
		p.Diagnostics = append(p.Diagnostics, guard(d, changes, opts)...)
	}
	p.Diagnostics = p.Diagnostics.Words(live.Facts.Flavour)
	p.Base = base(p, live)
	return p
}

// inOrder returns the changes in the order in which their steps begin; those without a step come last.
func inOrder(changes []Change, steps []Step) []Change {
	first := map[schema.Ref]int{}
	for i, s := range slices.Backward(steps) {
		first[s.Cause] = i
	}
	position := func(c Change) int {
		if i, ok := first[c.Ref]; ok {
			return i
		}
		return len(steps)
	}
	out := slices.Clone(changes)
	slices.SortStableFunc(out, func(a, b Change) int { return cmp.Compare(position(a), position(b)) })
	return out
}

// membership plans what makes the set of members: the bootstrap, the configuration that joins need, the joins.
func (d *draft) membership(changes []Change) {
	byMember := changesByMember(changes)
	if d.founder != "" {
		d.bootstrap(byMember[d.founder])
	}
	for _, c := range changes {
		if c.Ref == serverRef() {
			kind, _ := d.reg.Kind(schema.KindServer)
			want, _ := d.want.Want.Get(c.Ref)
			d.singleton(kind, c, want)
		}
	}
	d.removals(changes, schema.StateLost)
	d.joins(byMember)
	d.refresh(byMember)
	d.wider(byMember)
	d.clear(changes)
	d.removals(changes, schema.StateAbsent)
	d.formed = d.leaves()
}

// kinds returns the kinds in the order in which they are planned. Pools need no project, but the limits of a project may name
// a pool.
func (d *draft) kinds() []schema.Kind {
	kinds := d.reg.All()
	for _, o := range d.want.Want.OfKind(schema.KindProject) {
		if len(o.Refs) > 0 {
			first := func(k schema.Kind) int { return map[bool]int{true: 0, false: 1}[k.Name == schema.KindStoragePool] }
			slices.SortStableFunc(kinds, func(a, b schema.Kind) int { return cmp.Compare(first(a), first(b)) })
			break
		}
	}
	return kinds
}

// kind plans the changes of one kind, those that others of the same kind refer to first.
func (d *draft) kind(kind schema.Kind, changes []Change) {
	todo := map[schema.Ref]Change{}
	for _, c := range changes {
		if c.Ref.Kind == kind.Name && c.Action != Delete {
			todo[c.Ref] = c
		}
	}
	var visit func(c Change)
	visit = func(c Change) {
		delete(todo, c.Ref)
		want, _ := d.want.Want.Get(c.Ref)
		for _, r := range slices.Concat(want.Refs, d.suppliers(want)) {
			if first, waits := todo[r]; waits {
				visit(first)
			}
		}
		d.change(c)
	}
	for _, c := range changes {
		if next, waits := todo[c.Ref]; waits {
			visit(next)
		}
	}
}

func (d *draft) change(c Change) {
	kind, _ := d.reg.Kind(c.Ref.Kind)
	want, _ := d.want.Want.Get(c.Ref)
	switch kind.Lifecycle {
	case schema.Simple:
		d.simple(kind, c, want)
	case schema.Pending:
		d.pending(kind, c, want)
	case schema.Placed:
		d.placed(kind, c, want)
	case schema.Imported:
		d.imported(kind, c, want)
	case schema.Running:
		d.running(kind, c, want)
	case schema.Membership:
		d.furnish(kind, c, want)
	}
}
