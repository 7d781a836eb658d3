package view

import (
	"fmt"
	"slices"

	"clusterctl/plan"
	"clusterctl/schema"
)

// Place is what one member has of an object.
type Place struct {
	Ref    schema.Ref
	Member string
}

// VolumeMove is a custom volume that goes from a member that leaves to another one.
type VolumeMove struct {
	Volume   schema.Ref
	From, To string
}

// StuckVolume is a volume that cannot be moved off a member, and why.
type StuckVolume struct {
	Place
	Why, Detail, Hint string
}

// Departures is what happens, before members leave, to what is on them.
type Departures struct {
	// Cleared is what is taken off them: moved or deleted.
	Cleared map[Place]bool
	Moves   []VolumeMove
	Stuck   []StuckVolume
	// Relocated counts the instances that the plan takes off each member before it evacuates it.
	Relocated map[string]int
}

// MovedTo returns the member from which a volume comes that is moved to that place; empty for none.
func (d Departures) MovedTo(at Place) string {
	i := slices.IndexFunc(d.Moves, func(m VolumeMove) bool { return m.Volume == at.Ref && m.To == at.Member })
	if i < 0 {
		return ""
	}
	return d.Moves[i].From
}

// Departing returns what is taken off the members that leave: what the preseed wants elsewhere or wants to go, and,
// when they are emptied, the volumes.
func (v *View) Departing(changes []plan.Change) Departures {
	d := Departures{Cleared: map[Place]bool{}, Relocated: map[string]int{}}
	leaving := v.Leaving()
	for _, c := range changes {
		kind := v.Kind(c.Ref.Kind)
		if kind.Lifecycle != schema.Running && kind.Lifecycle != schema.Placed {
			continue
		}
		if f, moves := c.Target(); moves && f.Old != "" {
			d.Relocated[f.Old]++
			if slices.Contains(leaving, f.Old) {
				d.Cleared[Place{c.Ref, f.Old}] = true
			}
		}
		for _, member := range leaving {
			if (c.Action == plan.Delete || c.LosesPart()) && v.goesFrom(kind, c.Ref, member) {
				d.Cleared[Place{c.Ref, member}] = true
				if kind.Lifecycle == schema.Running {
					d.Relocated[member]++
				}
			}
		}
	}
	for _, c := range changes {
		if v.Evacuate && slices.Contains(leaving, c.Ref.Name) && c.Ref == plan.MemberRef(c.Ref.Name) &&
			c.Action == plan.Delete {
			v.vacate(&d, c.Ref.Name)
		}
	}
	return d
}

// Leaving returns the members that are to leave cleanly.
func (v *View) Leaving() []string {
	return schema.Filter(v.Live.Facts.MemberOrder(),
		func(name string) bool { return v.Wanted(plan.MemberRef(name)).State == schema.StateAbsent })
}

// goesFrom reports that an object which is to go somewhere is on that member and is to go there, or everywhere.
func (v *View) goesFrom(kind schema.Kind, r schema.Ref, member string) bool {
	_, there := v.Current(r).Members[member]
	named := v.Wanted(r).Members
	return there && (kind.Lifecycle != schema.Placed || len(named) == 0 || named[member].State == schema.StateAbsent)
}

// vacate finds a place for each custom volume of a member that leaves: the member that the preseed wants one of that
// name on, or else that with the fewest. Volumes of remote pools are nobody's own; what the plan deletes before is not
// moved.
func (v *View) vacate(d *Departures, from string) {
	for _, o := range v.Live.OfKind(schema.KindVolume) {
		at := Place{o.Ref, from}
		if _, here := o.Members[from]; !here || d.Cleared[at] {
			continue
		}
		stuck := v.bound(d, o, at)
		to, others := v.volumeDestination(d, o, from)
		if stuck.Why == "" && to == "" {
			stuck = StuckVolume{at, "no other member can take it", Sentence(others) + ".",
				fmt.Sprintf("it needs a member that is online and has the pool, and no volume of that name; or delete it: %s",
					v.volumeDeletion(o.Ref, from))}
		}
		if stuck.Why != "" {
			d.Stuck = append(d.Stuck, stuck)
			continue
		}
		d.Cleared[at] = true
		d.Moves = append(d.Moves, VolumeMove{Volume: o.Ref, From: from, To: to})
	}
}

// bound says why a volume has to stay where it is: a move of it was broken off, or something uses it. LXD deletes no
// volume that an instance on its member, any profile or the daemon uses (lxd 5.0.2, lxd/storage_volumes.go
// storagePoolVolumeDelete).
func (v *View) bound(d *Departures, o schema.Object, at Place) StuckVolume {
	for _, member := range o.MemberNames() {
		if o.Members[member].Config[plan.MoveMark] == at.Member {
			return StuckVolume{at, member + " has a copy of it that an earlier move left",
				fmt.Sprintf("That move was broken off before it deleted the one on %s; the copy may not be whole.", at.Member),
				fmt.Sprintf("see with %s operation list whether it is still copied; compare the two; delete the copy and plan again: %s",
					v.Product().Client(), v.volumeDeletion(o.Ref, member))}
		}
	}
	if users := v.volumeUsers(d, o.Ref, at.Member); len(users) > 0 {
		return StuckVolume{at, UsedBy(users),
			v.Product().Title() + " deletes no volume that is in use, so it cannot leave the member.",
			"detach it, move it with what uses it by hand, or delete what uses it"}
	}
	server := v.Current(plan.ServerRef()).Members[at.Member].Config
	for _, key := range []string{"storage.backups_volume", "storage.images_volume"} {
		if o.Ref.Project == schema.DefaultProject && server[key] == o.Ref.Name {
			return StuckVolume{at, "the daemon of " + at.Member + " uses it", key + " names it.",
				"unset " + key + " of " + at.Member + " first"}
		}
	}
	return StuckVolume{}
}

// volumeUsers returns the profiles that name a volume and the instances that use the one on that member, without those
// that leave before.
func (v *View) volumeUsers(d *Departures, volume schema.Ref, member string) []string {
	var users []string
	for o := range v.Live.All() {
		_, here := o.Members[member]
		if !here && len(o.Members) > 0 || o.Ref == plan.ServerRef() || d.Cleared[Place{o.Ref, member}] {
			continue
		}
		for _, r := range o.Refs {
			r = Meant(v.Live, r)
			if r == volume {
				users = append(users, o.Ref.String())
			}
		}
	}
	slices.Sort(users)
	return slices.Compact(users)
}

// volumeDestination returns the member to move a volume to: of those that can take it one on which the preseed wants
// it, or else the one with the fewest custom volumes, the first by name. The sentences say why each of the others
// cannot.
func (v *View) volumeDestination(d *Departures, o schema.Object, from string) (best string, others []string) {
	want := v.Wanted(o.Ref)
	count := func(name string) int {
		if _, wanted := want.Members[name]; wanted {
			return -1
		}
		n := v.Live.Facts.Members[name].Volumes
		for _, m := range d.Moves {
			if m.To == name {
				n++
			}
		}
		return n
	}
	for _, name := range v.Live.Facts.MemberOrder() {
		if name == from {
			continue
		}
		if why := v.declines(d, name, o); why != "" {
			others = append(others, name+" "+why)
		} else if best == "" || count(name) < count(best) {
			best = name
		}
	}
	return best, others
}

// declines says why a member cannot take a volume; empty when it can.
func (v *View) declines(d *Departures, name string, o schema.Object) string {
	m := v.Live.Facts.Members[name]
	kind := v.Kind(schema.KindVolume)
	pool, _ := kind.Split(o.Ref)
	member := v.Wanted(plan.MemberRef(name))
	want := v.Wanted(o.Ref)
	_, has := o.Members[name]
	switch {
	case member.State == schema.StateAbsent || member.State == schema.StateLost:
		return "leaves too"
	case m.State == schema.StatePending:
		return "has not joined yet"
	case !m.Online || v.Live.Facts.Hosts[name].FaultKind == schema.FaultUnreachable:
		return "is offline"
	case m.State == schema.StateEvacuated || member.State == schema.StateEvacuated:
		return "is evacuated"
	case v.Current(schema.Ref{Kind: schema.KindStoragePool, Name: pool}).Members[name].State != schema.StateCreated:
		return "does not have the pool"
	case has || d.MovedTo(Place{o.Ref, name}) != "":
		return "has one of that name"
	case want.Members[name].State == schema.StateAbsent:
		return "is to have none of that name"
	}
	return ""
}

// volumeDeletion is the command that deletes a volume on a member.
func (v *View) volumeDeletion(r schema.Ref, member string) string {
	kind := v.Kind(schema.KindVolume)
	pool, name := kind.Split(r)
	args := v.Product().Client() + " storage volume delete " + pool + " " + name + " --target " + member
	if p := Project(kind, r); p != "" {
		args += " --project " + p
	}
	return args
}
