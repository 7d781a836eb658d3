package build

import (
	"maps"
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// implied returns the desired side with what it says between the lines: cluster groups that members name and nobody
// declares, the group default for a member that is in none, what instances said of evacuations before one that was
// broken off, and, for a member that replaces a lost one, the loss and the place that it takes over.
func implied(want schema.Preseed, live schema.Cluster, reg schema.Registry) schema.Cluster {
	objects := laying(want.Want)
	for _, m := range want.Members {
		if m.Replaces == "" {
			continue
		}
		lost := plan.MemberRef(m.Replaces)
		if _, there := live.Get(lost); there {
			objects.put(schema.Object{Ref: lost, State: schema.StateLost})
		}
		succeed(objects, live, reg, m, succession(objects, want, live, reg, m))
	}
	enrol(objects, live)
	for _, m := range want.Members {
		if ref := plan.MemberRef(m.Name); groupless(objects.of(ref), live) {
			objects.put(grouped(objects.of(ref), []string{"default"}))
		}
	}
	for _, o := range live.OfKind(schema.KindInstance) {
		if _, meanwhile := o.Config[plan.PolicyMark]; meanwhile && !leavesNow(objects, live, view.Here(o)) {
			objects.put(unstayed(objects.of(o.Ref), o))
		}
	}
	for _, group := range groupsNamed(objects) {
		ref := schema.Ref{Kind: schema.KindGroup, Name: group}
		if _, there := live.Get(ref); !objects.has(ref) && !there {
			objects.put(schema.Object{Ref: ref})
		}
	}
	return objects.cluster()
}

// overlay is the desired side with what is laid over it.
type overlay struct {
	below schema.Cluster
	// laid has the members and cluster groups in any case.
	laid map[schema.Ref]schema.Object
	// changed reports that it is not what is below.
	changed bool
}

func laying(below schema.Cluster) *overlay {
	o := &overlay{below: below, laid: map[schema.Ref]schema.Object{}}
	for _, object := range slices.Concat(below.OfKind(schema.KindMember), below.OfKind(schema.KindGroup)) {
		o.laid[object.Ref] = object
	}
	return o
}

// of returns the object of that reference; an empty one when there is none.
func (o *overlay) of(ref schema.Ref) schema.Object {
	if object, laid := o.laid[ref]; laid {
		return object
	}
	object, _ := o.below.Get(ref)
	return object
}

func (o *overlay) has(ref schema.Ref) bool { return o.of(ref).Ref.Kind != "" }

func (o *overlay) put(object schema.Object) { o.laid[object.Ref], o.changed = object, true }

func (o *overlay) cluster() schema.Cluster {
	if !o.changed {
		return o.below
	}
	return schema.NewCluster(o.below.Facts, slices.AppendSeq(o.below.Objects(), maps.Values(o.laid))...)
}

// enrol moves what cluster groups say of their members to the members that do not say it themselves: to the groups that
// one is in anyhow, a joiner in default.
func enrol(objects *overlay, live schema.Cluster) {
	says := map[string][]string{}
	for ref, o := range objects.laid {
		if members := o.Lists["members"]; ref.Kind == schema.KindGroup && members != nil {
			says[ref.Name] = members
			o = o.Clone()
			delete(o.Lists, "members")
			objects.put(o)
		}
	}
	for ref, o := range objects.laid {
		if ref.Kind != schema.KindMember || o.Lists["groups"] != nil || o.State == schema.StateAbsent ||
			o.State == schema.StateLost {
			continue
		}
		now, there := live.Get(ref)
		is := now.Lists["groups"]
		if !there {
			is = []string{"default"}
		}
		groups := slices.DeleteFunc(slices.Clone(is), func(g string) bool {
			members, said := says[g]
			return said && !slices.Contains(members, ref.Name)
		})
		for group, members := range says {
			if slices.Contains(members, ref.Name) && !slices.Contains(groups, group) {
				groups = append(groups, group)
			}
		}
		if len(groups) == 0 && len(is) > 0 {
			groups = []string{"default"} // no instance is placed on a member that is in none
		}
		if slices.Sort(groups); !slices.Equal(groups, is) {
			objects.put(grouped(o, groups))
		}
	}
}

// grouped is a member in these groups; its other lists, such as its roles, stay.
func grouped(o schema.Object, groups []string) schema.Object {
	o = o.Clone()
	o.Lists = schema.With(o.Lists, "groups", groups)
	return o
}

// leavesNow reports a member that this plan evacuates, or takes out: its instances are told what to do there.
func leavesNow(objects *overlay, live schema.Cluster, member string) bool {
	want := objects.of(plan.MemberRef(member)).State
	return want == schema.StateAbsent || want == schema.StateLost ||
		want == schema.StateEvacuated && live.Facts.Members[member].State != schema.StateEvacuated
}

// unstayed gives an instance back what it said of evacuations, unless the preseed says something else.
func unstayed(want, live schema.Object) schema.Object {
	want = want.Clone()
	want.Ref = live.Ref
	config := map[string]string{view.PolicyKey: view.Policy(live)}
	maps.Copy(config, want.Config)
	config[plan.PolicyMark] = ""
	want.Config = config
	return want
}

// groupless reports a member that is in no cluster group, though the preseed says nothing of groups: a join that was
// broken off at its very end leaves it, and no instance would ever be placed there (lxd 5.0.2, measured). Other groups
// are not managed then.
func groupless(want schema.Object, live schema.Cluster) bool {
	now, there := live.Get(want.Ref)
	_, hidden := live.Facts.KindNotSeen(schema.KindMember, "lists.groups")
	seen := live.Facts.Source != "rest" && !hidden
	stays := want.State != schema.StateAbsent && want.State != schema.StateLost
	return there && stays && seen && now.State != schema.StatePending && len(now.Lists["groups"]) == 0 &&
		want.Lists["groups"] == nil
}

// succession is what a member takes over from the one that it replaces: as the cluster has it or, once that one is
// removed, as it was noted before.
func succession(objects *overlay, want schema.Preseed, live schema.Cluster, reg schema.Registry,
	m schema.Member) (s plan.Succession) {
	old, there := live.Get(plan.MemberRef(m.Replaces))
	if !there {
		_, s = view.Noted(want, live, m)
		return s
	}
	s = plan.Succession{Of: m.Replaces, Domain: old.Attrs["failure_domain"], Groups: old.Lists["groups"],
		Parts: map[string]map[string]string{}}
	for _, theirs := range live.Objects() {
		kind, _ := reg.Kind(theirs.Ref.Kind)
		declared := objects.has(theirs.Ref)
		part, had := theirs.Members[m.Replaces]
		if !had || kind.Lifecycle != schema.Pending {
			continue
		}
		if config := takenOver(kind, theirs, part); declared || config["parent"] != "" { // Incus joins with no other network
			s.Parts[theirs.Ref.String()] = config
		}
	}
	return s
}

// takenOver are the keys of a part that were given. Where the server notes what it was given beside what it made of
// that, as with the source of a pool, the first counts.
func takenOver(kind schema.Kind, live schema.Object, part schema.Part) map[string]string {
	config := map[string]string{}
	for key, value := range part.Config {
		rule, _ := kind.Rule(live.Attrs[kind.Variant], key)
		if rule.Where != schema.OnMember || rule.Volatile || rule.Once {
			continue
		}
		if note, noted := kind.Rule("", "volatile.initial_"+key); noted && note.Where == schema.OnMember {
			value = part.Config[note.Key]
		}
		if value != "" {
			config[key] = value
		}
	}
	return config
}

// succeed gives a member the failure domain, the groups and the keys of pools and networks that it takes over, unless
// it says its own.
func succeed(objects *overlay, live schema.Cluster, reg schema.Registry, m schema.Member, s plan.Succession) {
	o := objects.of(plan.MemberRef(m.Name)).Clone()
	if o.Attrs["failure_domain"] == "" && s.Domain != "" {
		o.Attrs["failure_domain"] = s.Domain
	}
	if o.Lists["groups"] == nil && len(s.Groups) > 0 {
		o.Lists = map[string][]string{"groups": s.Groups}
	}
	objects.put(o)
	for text, config := range s.Parts {
		ref, _ := schema.ParseRef(reg, text)
		o, declared := objects.of(ref), objects.has(ref)
		_, there := live.Get(ref)
		if _, says := o.Members[m.Name]; says || !declared && !there {
			continue
		}
		o = o.Clone()
		o.Ref = ref
		o.Members = schema.With(o.Members, m.Name, schema.Part{Config: config})
		objects.put(o)
	}
}

func groupsNamed(objects *overlay) []string {
	named := map[string]bool{}
	for ref, o := range objects.laid {
		if ref.Kind == schema.KindMember {
			for _, group := range o.Lists["groups"] {
				named[group] = true
			}
		}
	}
	delete(named, "default")
	return slices.Sorted(maps.Keys(named))
}
