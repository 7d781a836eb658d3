package steps

import (
	"cmp"
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// draft is a plan in the making: what the lifecycles look at, and the steps they have written so far.
type draft struct {
	*view.View
	// departures is what becomes of what members that leave have.
	departures view.Departures

	steps []plan.Step
	// last is the step after which an object is as desired.
	last map[schema.Ref]plan.StepID
	// formed are the steps after which all members are in the cluster and the servers are configured.
	formed []plan.StepID
}

// stepsOf returns the steps that make the changes, in a valid order.
func Of(v *view.View, changes []plan.Change, departures view.Departures) []plan.Step {
	d := &draft{View: v, departures: departures, last: map[schema.Ref]plan.StepID{}}
	d.membership(changes)
	for _, kind := range d.kinds() {
		if kind.Lifecycle != schema.Singleton {
			d.kind(kind, changes)
		}
	}
	for _, c := range deletionsInOrder(changes, v.Live) {
		d.change(c)
	}
	d.leaveRaft(changes)
	return d.steps
}

// membership plans what makes the set of members: the bootstrap, the configuration that joins need, the joins.
func (d *draft) membership(changes []plan.Change) {
	byMember := changesByMember(changes)
	if d.Bootstrap != "" {
		d.bootstrap(byMember[d.Bootstrap])
	}
	for _, c := range changes {
		if c.Ref == plan.ServerRef() {
			kind := d.Kind(schema.KindServer)
			want := d.Wanted(c.Ref)
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
	kinds := d.Reg.All()
	for _, o := range d.Want.Want.OfKind(schema.KindProject) {
		if len(o.Refs) > 0 {
			first := func(k schema.Kind) int { return map[bool]int{true: 0, false: 1}[k.Name == schema.KindStoragePool] }
			slices.SortStableFunc(kinds, func(a, b schema.Kind) int { return cmp.Compare(first(a), first(b)) })
			break
		}
	}
	return kinds
}

// kind plans the changes of one kind, those that others of the same kind refer to first.
func (d *draft) kind(kind schema.Kind, changes []plan.Change) {
	todo := map[schema.Ref]plan.Change{}
	for _, c := range changes {
		if c.Ref.Kind == kind.Name && c.Action != plan.Delete {
			todo[c.Ref] = c
		}
	}
	var visit func(c plan.Change)
	visit = func(c plan.Change) {
		delete(todo, c.Ref)
		want := d.Wanted(c.Ref)
		for _, r := range slices.Concat(want.Refs, d.Suppliers(want)) {
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

func (d *draft) change(c plan.Change) {
	kind := d.Kind(c.Ref.Kind)
	want := d.Wanted(c.Ref)
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

// add appends a step and makes it the last one of its cause.
func (d *draft) add(s plan.Step) plan.StepID {
	d.steps = append(d.steps, s)
	d.last[s.Cause] = s.ID
	return s.ID
}

// needs returns the steps that must be done before an object can be touched: the cluster is formed, and what the
// object refers to is as desired.
func (d *draft) needs(o schema.Object) []plan.StepID {
	needs := slices.Clone(d.formed)
	refs := slices.Clone(o.Refs)
	if o.Ref.Project != "" && o.Ref.Project != schema.DefaultProject {
		refs = append(refs, schema.Ref{Kind: schema.KindProject, Name: o.Ref.Project})
	}
	refs = append(refs, view.Parents(o)...)
	refs = append(refs, d.Suppliers(o)...)
	for _, r := range refs {
		if id, ok := d.last[r]; ok && r != o.Ref {
			needs = append(needs, id)
		}
	}
	slices.Sort(needs)
	return slices.Compact(needs)
}

// leaves returns the steps that no other step needs yet: after them everything so far is done.
func (d *draft) leaves() []plan.StepID {
	needed := map[plan.StepID]bool{}
	for _, s := range d.steps {
		for _, id := range s.Needs {
			needed[id] = true
		}
	}
	var out []plan.StepID
	for _, s := range d.steps {
		if !needed[s.ID] {
			out = append(out, s.ID)
		}
	}
	return out
}

// localConfig returns the member-local server keys of a member: what the preseed gives, and its address for
// core.https_address when it gives none.
func (d *draft) localConfig(m schema.Member) map[string]string {
	config := map[string]string{}
	server := d.Wanted(plan.ServerRef())
	for key, value := range server.Members[m.Name].Config {
		if value != "" {
			config[key] = value
		}
	}
	if config["core.https_address"] == "" {
		config["core.https_address"] = m.Address
	}
	return config
}

// given returns the entries that have a value; LXD stores no empty ones.
func given(config map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range config {
		if v != "" {
			out[k] = v
		}
	}
	return out
}
