package plan

import (
	"fmt"
	"slices"

	"clusterctl/schema"
)

// MoveMark is the configuration key of a copy that a move has made, with the member that it came from. It is there from the
// copy's first moment until the original is gone: two volumes of one name of which one has it are a move that was broken off.
const MoveMark = "user.clusterctl.moved_from"

// CodeVolumeStays is the code of a volume that cannot be moved off a member that leaves.
const CodeVolumeStays schema.Code = "volume-stays"

// stay is a volume that cannot be moved off a member, and why.
type stay struct {
	of           place
	why          string
	detail, hint string
}

// vacate plans moving the custom volumes off a member that leaves, each to the member that the preseed wants one of that name
// on, or else to that with the fewest. Volumes of remote pools are nobody's own; what the plan deletes before is not moved.
func (d *draft) vacate(c Change) {
	kind, _ := d.reg.Kind(schema.KindVolume)
	from, before := c.Ref.Name, len(d.steps)
	for _, o := range d.live.OfKind(schema.KindVolume) {
		at := place{o.Ref, from}
		if _, here := o.Members[from]; !here || d.cleared[at] {
			continue
		}
		stays := d.bound(o, at)
		to, others := d.haven(o, from)
		if stays.why == "" && to == "" {
			stays = stay{at, "no other member can take it", sentence(others) + ".",
				fmt.Sprintf("it needs a member that is online and has the pool, and no volume of that name; or delete it: lxc storage volume delete %s", d.volumeArgs(kind, o.Ref, from))}
		}
		if stays.why != "" {
			d.stays = append(d.stays, stays)
			continue
		}
		pool, name := kind.Split(o.Ref)
		d.cleared[at], d.arrives[place{o.Ref, to}] = true, from
		d.add(Step{
			ID: placedID("move", o.Ref, from), Title: "Move " + named(kind, o.Ref) + " from " + from + " to " + to, Cause: c.Ref,
			Op: Op{Kind: OpMove, Move: &Move{Pool: pool, Name: name, Project: project(kind, o.Ref), From: from, To: to,
				Address: d.live.Facts.Members[from].Address}},
			Needs: slices.Clone(d.formed), Expect: Expect{Ref: o.Ref, Member: to}, Serial: true, At: c.At,
			Risk: Risk{Level: RiskMedium, Stops: o.Ref.Name + ", which must not be used while it is copied", Undo: "move it back to " + from},
		})
	}
	if len(d.steps) > before {
		d.formed = d.leaves()
	}
}

// bound says why a volume has to stay where it is: a move of it was broken off, or something uses it. LXD deletes no volume
// that an instance on its member, any profile or the daemon uses (lxd 5.0.2, lxd/storage_volumes.go storagePoolVolumeDelete).
func (d *draft) bound(o schema.Object, at place) stay {
	kind, _ := d.reg.Kind(schema.KindVolume)
	for _, member := range o.MemberNames() {
		if o.Members[member].Config[MoveMark] == at.member {
			return stay{at, member + " has a copy of it that an earlier move left",
				fmt.Sprintf("That move was broken off before it deleted the one on %s; the copy may not be whole.", at.member),
				fmt.Sprintf("see with lxc operation list whether it is still copied; compare the two; delete the copy and plan again: lxc storage volume delete %s",
					d.volumeArgs(kind, o.Ref, member))}
		}
	}
	if users := d.volumeUsers(o.Ref, at.member); len(users) > 0 {
		return stay{at, usedBy(users), "LXD deletes no volume that is in use, so it cannot leave the member.",
			"detach it, move it with what uses it by hand, or delete what uses it"}
	}
	server := d.liveObject(serverRef()).Members[at.member].Config
	for _, key := range []string{"storage.backups_volume", "storage.images_volume"} {
		if o.Ref.Project == schema.DefaultProject && server[key] == o.Ref.Name {
			return stay{at, "the daemon of " + at.member + " uses it", key + " names it.", "unset " + key + " of " + at.member + " first"}
		}
	}
	return stay{}
}

// volumeUsers returns the profiles that name a volume and the instances that use the one on that member, without those
// that leave before.
func (d *draft) volumeUsers(volume schema.Ref, member string) []string {
	var users []string
	for _, o := range d.live.Objects() {
		_, here := o.Members[member]
		if !here && len(o.Members) > 0 || d.cleared[place{o.Ref, member}] {
			continue
		}
		for _, r := range o.Refs {
			r = meant(d.live, r)
			if r == volume {
				users = append(users, o.Ref.String())
			}
		}
	}
	slices.Sort(users)
	return slices.Compact(users)
}

// haven returns the member to move a volume to: of those that can take it one on which the preseed wants it, or else the one
// with the fewest custom volumes, the first by name. The sentences say why each of the others cannot.
func (d *draft) haven(o schema.Object, from string) (best string, others []string) {
	want, _ := d.want.Want.Get(o.Ref)
	count := func(name string) int {
		if _, wanted := want.Members[name]; wanted {
			return -1
		}
		n := d.live.Facts.Members[name].Volumes
		for p := range d.arrives {
			if p.member == name {
				n++
			}
		}
		return n
	}
	for _, name := range d.live.Facts.MemberOrder() {
		if name == from {
			continue
		}
		if why := d.declines(name, o); why != "" {
			others = append(others, name+" "+why)
		} else if best == "" || count(name) < count(best) {
			best = name
		}
	}
	return best, others
}

// declines says why a member cannot take a volume; empty when it can.
func (d *draft) declines(name string, o schema.Object) string {
	m := d.live.Facts.Members[name]
	kind, _ := d.reg.Kind(schema.KindVolume)
	pool, _ := kind.Split(o.Ref)
	member, _ := d.want.Want.Get(memberRef(name))
	want, _ := d.want.Want.Get(o.Ref)
	_, has := o.Members[name]
	switch {
	case member.State == schema.StateAbsent || member.State == schema.StateLost:
		return "leaves too"
	case m.State == schema.StatePending:
		return "has not joined yet"
	case !m.Online || d.live.Facts.Hosts[name].FaultKind == "unreachable":
		return "is offline"
	case m.State == schema.StateEvacuated || member.State == schema.StateEvacuated:
		return "is evacuated"
	case d.liveObject(schema.Ref{Kind: schema.KindStoragePool, Name: pool}).Members[name].State != schema.StateCreated:
		return "does not have the pool"
	case has || d.arrives[place{o.Ref, name}] != "":
		return "has one of that name"
	case want.Members[name].State == schema.StateAbsent:
		return "is to have none of that name"
	}
	return ""
}

// volumeArgs are the arguments with which lxc storage volume names a volume on a member.
func (d *draft) volumeArgs(kind schema.Kind, r schema.Ref, member string) string {
	pool, name := kind.Split(r)
	args := pool + " " + name + " --target " + member
	if p := project(kind, r); p != "" {
		args += " --project " + p
	}
	return args
}

// guardVolumes refuses to empty a member whose volumes cannot be moved.
func guardVolumes(d *draft, changes []Change, _ Options) schema.Diagnostics {
	var out schema.Diagnostics
	for _, s := range d.stays {
		at := schema.Position{}
		if i := slices.IndexFunc(changes, func(c Change) bool { return c.Ref == memberRef(s.of.member) }); i >= 0 {
			at = changes[i].At
		}
		diag := refusal(CodeVolumeStays, at, s.of.ref, "cannot move %s off %s: %s", s.of.ref, s.of.member, s.why)
		diag.Detail, diag.Hint, diag.Member = s.detail, s.hint, s.of.member
		out = append(out, diag)
	}
	return out
}
