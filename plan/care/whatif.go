package care

import (
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// Loss is what happens when members go down all at once.
type Loss struct {
	// Down are the members, sorted.
	Down []string `json:"down"`
	// NewLeader reports that the leader is among them: nothing can be changed until the others have elected another.
	NewLeader bool `json:"new_leader"`
	// Before counts the voters now, AtOnce right after, Settled once LXD has given their roles to others.
	Before  plan.Voters `json:"voters_before"`
	AtOnce  plan.Voters `json:"voters_at_once"`
	Settled plan.Voters `json:"voters_afterwards"`
	// Moves are the roles that LXD gives away then.
	Moves []view.RoleMove `json:"moves"`
	// Instances and Volumes cannot be reached then, each once for every one of the members that has a part of it; their
	// counts are by member and known without the names.
	Instances      []schema.Ref   `json:"instances"`
	Volumes        []schema.Ref   `json:"volumes"`
	InstanceCounts map[string]int `json:"instances_by_member"`
	VolumeCounts   map[string]int `json:"volumes_by_member"`
	// Images are the fingerprints of those whose every copy is on one of the members.
	Images []string `json:"images"`
	// Others are further objects that members have by themselves, such as forwards.
	Others []schema.Ref `json:"others"`
	// Unmovable are the instances over which their daemon would end if it were evacuated before.
	Unmovable []schema.Ref `json:"unmovable"`
	// Uncovered counts what the members have that clusterctl does not know.
	Uncovered []schema.Uncovered `json:"-"`
}

// StaysUp reports that the database goes on, and so everything but what lives on the members themselves.
func (l Loss) StaysUp() bool { return l.AtOnce.Online >= l.AtOnce.Needed }

// WhatIf says what happens when these members go down. Known is false when the roles in the database were not read.
func WhatIf(live schema.Cluster, reg schema.Registry, down []string) (loss Loss, known bool) {
	down = slices.Compact(slices.Sorted(slices.Values(down)))
	loss, known = voting(live, down)
	loss.Down, loss.NewLeader = down, slices.Contains(down, live.Facts.Leader)
	loss.InstanceCounts, loss.VolumeCounts = map[string]int{}, map[string]int{}
	for _, name := range down {
		for _, o := range view.Unmovable(live, name) {
			loss.Unmovable = append(loss.Unmovable, o.Ref)
		}
		m := live.Facts.Members[name]
		if m.Instances > 0 {
			loss.InstanceCounts[name] = m.Instances
		}
		if m.Volumes > 0 {
			loss.VolumeCounts[name] = m.Volumes
		}
	}
	for _, kind := range reg.All() {
		if !view.OnMembers(kind) {
			continue
		}
		switch gone := partOn(live.OfKind(kind.Name), down); kind.Name {
		case schema.KindInstance:
			loss.Instances = gone
		case schema.KindVolume:
			loss.Volumes = gone
		default:
			loss.Others = append(loss.Others, gone...)
		}
	}
	loss.Uncovered = live.Facts.UncoveredOn(down...)
	for fingerprint, on := range live.Facts.Images {
		if len(on) > 0 && subset(on, down) {
			loss.Images = append(loss.Images, fingerprint)
		}
	}
	slices.Sort(loss.Images)
	return loss, known
}

// voting says what becomes of the database: its voters, and the roles that LXD gives away.
func voting(live schema.Cluster, down []string) (loss Loss, known bool) {
	roles, known := view.RolesOf(live)
	loss.Before = view.VotersAmong(roles)
	for i, s := range roles {
		if slices.Contains(down, s.Member) {
			roles[i].Online = false
		}
	}
	loss.AtOnce = view.VotersAmong(roles)
	after, moves := view.PredictRoles(roles, view.LeaderAfter(live.Facts.Leader, roles),
		view.TargetsOf(schema.Cluster{}, live))
	loss.Settled, loss.Moves = view.VotersAmong(after), moves
	return loss, known
}

// partOn returns the objects that have a part on these members, once for each: volumes of the same name on two members
// are two.
func partOn(objects []schema.Object, members []string) []schema.Ref {
	var out []schema.Ref
	for _, o := range objects {
		for _, name := range o.MemberNames() {
			if slices.Contains(members, name) {
				out = append(out, o.Ref)
			}
		}
	}
	return out
}

func subset(names, of []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(of, name) })
}
