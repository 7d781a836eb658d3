package build

import (
	"maps"
	"slices"

	"clusterctl/plan"
	"clusterctl/schema"
)

// implied returns the desired side with what it says between the lines: cluster groups that members name and nobody
// declares, the group default for a member that is in none, and, for a member that replaces a lost one, the loss and
// the place that it takes over.
func implied(want schema.Preseed, live schema.Cluster, reg schema.Registry) schema.Cluster {
	objects := map[schema.Ref]schema.Object{}
	for _, o := range want.Want.Objects() {
		objects[o.Ref] = o
	}
	for _, m := range want.Members {
		old, there := live.Get(plan.MemberRef(m.Replaces))
		if m.Replaces == "" || !there {
			continue
		}
		objects[old.Ref] = schema.Object{Ref: old.Ref, State: schema.StateLost}
		objects[plan.MemberRef(m.Name)] = inherit(objects[plan.MemberRef(m.Name)], old)
		for ref, o := range objects {
			kind, _ := reg.Kind(ref.Kind)
			if theirs, ok := live.Get(ref); ok && kind.Lifecycle == schema.Pending {
				objects[ref] = inheritPart(kind, o, theirs, m)
			}
		}
	}
	for _, m := range want.Members {
		if ref := plan.MemberRef(m.Name); groupless(objects[ref], live) {
			o := objects[ref].Clone()
			o.Lists = map[string][]string{"groups": {"default"}}
			objects[ref] = o
		}
	}
	for _, group := range groupsNamed(objects) {
		ref := schema.Ref{Kind: schema.KindGroup, Name: group}
		_, declared := objects[ref]
		if _, there := live.Get(ref); !declared && !there {
			objects[ref] = schema.Object{Ref: ref}
		}
	}
	return schema.NewCluster(want.Want.Facts, slices.Collect(maps.Values(objects))...)
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

// inherit gives a member the failure domain and the groups of the one it replaces, unless it says its own.
func inherit(o, old schema.Object) schema.Object {
	o = o.Clone()
	if domain := old.Attrs["failure_domain"]; o.Attrs["failure_domain"] == "" && domain != "" {
		o.Attrs["failure_domain"] = domain
	}
	if o.Lists["groups"] == nil && len(old.Lists["groups"]) > 0 {
		o.Lists = map[string][]string{"groups": old.Lists["groups"]}
	}
	return o
}

// inheritPart gives a member the keys of a pool or network that were given to the one it replaces, unless it says
// its own. Where the server notes what it was given beside what it made of that, as with the source of a pool, the
// first counts.
func inheritPart(kind schema.Kind, o, live schema.Object, m schema.Member) schema.Object {
	part, had := live.Members[m.Replaces]
	if _, says := o.Members[m.Name]; says || !had {
		return o
	}
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
	o = o.Clone()
	if o.Members == nil {
		o.Members = map[string]schema.Part{}
	}
	o.Members[m.Name] = schema.Part{Config: config}
	return o
}

func groupsNamed(objects map[schema.Ref]schema.Object) []string {
	named := map[string]bool{}
	for ref, o := range objects {
		if ref.Kind == schema.KindMember {
			for _, group := range o.Lists["groups"] {
				named[group] = true
			}
		}
	}
	delete(named, "default")
	return slices.Sorted(maps.Keys(named))
}
