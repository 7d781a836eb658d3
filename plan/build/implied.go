package build

import (
	"maps"
	"slices"

	"clusterctl/plan"
	"clusterctl/schema"
)

// implied returns the desired side with what it says between the lines: cluster groups that members name and nobody
// declares, and, for a member that replaces a lost one, the loss and the place that it takes over.
func implied(want schema.Preseed, live schema.Cluster) schema.Cluster {
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
			if theirs, ok := live.Get(ref); ok && (ref.Kind == schema.KindStoragePool || ref.Kind == schema.KindNetwork) {
				objects[ref] = inheritPart(o, theirs, m)
			}
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
// its own. What the server chose there is left to the new server.
func inheritPart(o, live schema.Object, m schema.Member) schema.Object {
	part, had := live.Members[m.Replaces]
	if _, says := o.Members[m.Name]; says || !had {
		return o
	}
	config := map[string]string{}
	for _, key := range []string{"size", "bridge.external_interfaces", "parent", "bgp.ipv4.nexthop", "bgp.ipv6.nexthop"} {
		if v := part.Config[key]; v != "" {
			config[key] = v
		}
	}
	if v := part.Config["volatile.initial_source"]; v != "" {
		config["source"] = v
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
