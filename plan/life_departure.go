package plan

import (
	"slices"

	"clusterctl/schema"
)

// place is what one member has of an object.
type place struct {
	ref    schema.Ref
	member string
}

// clear plans what the preseed takes off the members that leave: instances that are to be elsewhere, and what is to be
// deleted. LXD wants such a member empty, so this cannot wait for its turn.
func (d *draft) clear(changes []Change) {
	leaving := d.leaving()
	if len(leaving) == 0 {
		return
	}
	before := len(d.steps)
	var instances, others []Change // volumes are free once the instances are gone that use them
	for _, c := range changes {
		kind, _ := d.reg.Kind(c.Ref.Kind)
		if kind.Lifecycle != schema.Running && kind.Lifecycle != schema.Placed {
			continue
		}
		if f, moves := targetChange(c); moves && slices.Contains(leaving, f.Old) {
			d.cleared[place{c.Ref, f.Old}] = true
			d.relocate(kind, c)
		}
		switch {
		case c.Action == Delete && kind.Lifecycle == schema.Running:
			instances = append(instances, c)
		case c.Action == Delete || losesPart(c):
			others = append(others, c)
		}
	}
	for _, c := range slices.Concat(instances, others) {
		kind, _ := d.reg.Kind(c.Ref.Kind)
		want, _ := d.want.Want.Get(c.Ref)
		for _, member := range leaving {
			d.clearPart(kind, c, want, member)
		}
	}
	if len(d.steps) > before {
		d.formed = d.leaves()
	}
}

// leaving returns the members that are to leave cleanly.
func (d *draft) leaving() []string {
	var out []string
	for _, name := range d.live.Facts.MemberOrder() {
		if o, _ := d.want.Want.Get(memberRef(name)); o.State == schema.StateAbsent {
			out = append(out, name)
		}
	}
	return out
}

// relocate plans the move alone, with the instance as it is; what else differs is changed in its turn.
func (d *draft) relocate(kind schema.Kind, c Change) {
	want, _ := d.want.Want.Get(c.Ref)
	i := instance{draft: d, kind: kind, change: c, want: want, needs: slices.Clone(d.formed)}
	i.turn(i.leave(d.liveObject(c.Ref)))
}

// clearPart plans the deletion of what a member has of an object, if it has any and that is to go.
func (d *draft) clearPart(kind schema.Kind, c Change, want schema.Object, member string) {
	if _, there := d.liveObject(c.Ref).Members[member]; !there {
		return
	}
	_, named := want.Members[member]
	if kind.Lifecycle == schema.Placed && !named && len(want.Members) > 0 {
		return
	}
	d.cleared[place{c.Ref, member}] = true
	if kind.Lifecycle == schema.Running {
		d.discard(kind, c, want)
		return
	}
	d.displace(kind, c, want, member)
}

// remains is what a member that leaves still has when it is asked to go; LXD refuses to let go of it.
type remains struct {
	instances, volumes, images int
	// words names them.
	words []string
}

// remains leaves out what the plan takes off the member before, and what its evacuation moves.
func (d *draft) remains(name string) remains {
	m := d.live.Facts.Members[name]
	copies := lastCopies(d.live, name)
	left := remains{instances: m.Instances, volumes: m.Volumes, images: len(copies)}
	evacuated := d.evacuatesFirst(name, false)
	for p := range d.cleared {
		switch kind, _ := d.reg.Kind(p.ref.Kind); {
		case p.member != name:
		case kind.Lifecycle == schema.Running:
			left.instances--
		case p.ref.Kind == schema.KindVolume:
			left.volumes--
		}
	}
	if evacuated {
		left.instances = 0
	}
	left.words = append(placedOn(d.live, d.reg, name, func(o schema.Object) bool {
		kind, _ := d.reg.Kind(o.Ref.Kind)
		moves := evacuated && kind.Lifecycle == schema.Running
		return !d.cleared[place{o.Ref, name}] && !moves
	}), copies...)
	return left
}
