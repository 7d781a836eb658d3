package view

import (
	"maps"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
)

// parents names the interfaces that devices sit on as networks. Most are interfaces of the members and in no plan, but
// where a managed network of that name is made or changed the device has to wait: LXD 5.0.2 says "Specified network is
// not fully created" (lxd/device/nic_bridged.go validateConfig; measured).
func parents(o schema.Object) []schema.Ref {
	var out []schema.Ref
	for _, device := range o.Devices {
		if parent := device["parent"]; parent != "" {
			out = append(out, schema.Ref{Kind: schema.KindNetwork, Project: schema.DefaultProject, Name: parent})
		}
	}
	return out
}

// suppliers names the images that bring in from a file what an object knows by its fingerprint, or by the beginning of
// it.
func (v *View) suppliers(o schema.Object) []schema.Ref {
	kind := v.Kind(o.Ref.Kind)
	fingerprint := o.Attrs["fingerprint"]
	if kind.Lifecycle == schema.Running {
		fingerprint = o.Attrs["image"]
	}
	if fingerprint == "" || o.Attrs["file"] != "" || kind.Lifecycle != schema.Running &&
		kind.Lifecycle != schema.Imported {
		return nil
	}
	var out []schema.Ref
	for _, image := range v.Want.Want.OfKind(schema.KindImage) {
		if image.Attrs["file"] != "" && strings.HasPrefix(image.Attrs["fingerprint"], fingerprint) {
			out = append(out, image.Ref)
		}
	}
	return out
}

// Then is an object once the plan is done: as it is, with what the preseed says laid over it; ok is false when there is
// none then. What the preseed leaves out stays as it is.
func (v *View) Then(r schema.Ref) (o schema.Object, ok bool) {
	live, there := v.Remaining(r)
	want, declared := v.Want.Want.Get(r)
	switch {
	case !declared:
		return live, there
	case want.State == schema.StateAbsent || want.State == schema.StateLost:
		return schema.Object{}, false
	}
	o = laidOver(live, want)
	target, here := o.Attrs[plan.TargetAttr], Here(live)
	group, isGroup := strings.CutPrefix(target, "@")
	if target != "" && target != here && (!isGroup || !WillBeIn(v.Want.Want, v.Live, here, group)) {
		o.Members = nil // it moves away
	}
	o.Refs = v.Kind(r.Kind).Refs(o)
	return o, true
}

// ThenOf returns the objects of a kind once the plan is done, ordered by reference.
func (v *View) ThenOf(kind schema.KindName) []schema.Object {
	var out []schema.Object
	for _, o := range schema.NewCluster(schema.Facts{}, append(v.Live.OfKind(kind),
		v.Want.Want.OfKind(kind)...)...).Objects() {
		if then, stays := v.Then(o.Ref); stays {
			out = append(out, then)
		}
	}
	return out
}

// UsesNow returns the objects that one uses as it is: those that it refers to, its project, and the member that it is
// on. A project that goes takes along what uses others; what that uses of the project's own goes before.
func (v *View) UsesNow(r schema.Ref) []schema.Ref {
	o, there := v.Live.Get(r)
	if !there {
		return nil
	}
	refs := v.named(o)
	if _, stays := v.Then(r); !stays && r.Kind == schema.KindProject {
		for _, along := range v.Builtin(r.Name) {
			refs = append(refs, slices.DeleteFunc(slices.Clone(along.Refs),
				func(used schema.Ref) bool { return Meant(v.Live, used).Project == r.Name })...)
		}
	}
	return slices.DeleteFunc(v.meantBy(r, refs), func(used schema.Ref) bool {
		_, there := v.Live.Get(used)
		return !there
	})
}

// UsesThen returns the objects that one will use.
func (v *View) UsesThen(r schema.Ref) []schema.Ref {
	o, stays := v.Then(r)
	if !stays {
		return nil
	}
	return v.meantBy(r, append(v.named(o), v.suppliers(o)...))
}

// named returns the references of an object, of its own and of its place.
func (v *View) named(o schema.Object) []schema.Ref {
	refs := append(parents(o), o.Refs...)
	if o.Ref.Project != "" {
		refs = append(refs, schema.Ref{Kind: schema.KindProject, Name: o.Ref.Project})
	}
	switch kind := v.Kind(o.Ref.Kind); kind.Lifecycle {
	case schema.Running:
		for member := range o.Members {
			refs = append(refs, plan.MemberRef(member))
		}
	case schema.Singleton:
		refs = append(refs, kind.Refs(o)...) // each member has told its keys apart
	}
	return refs
}

// meantBy returns the objects that references lead to, in order, without the one that has them.
func (v *View) meantBy(r schema.Ref, refs []schema.Ref) []schema.Ref {
	var out []schema.Ref
	for _, ref := range refs {
		if _, wanted := v.Want.Want.Get(ref); !wanted {
			ref = Meant(v.Live, ref)
		}
		if ref != r && (ref.Kind != schema.KindMember || !v.leaves(ref.Name)) { // members leave before all this
			out = append(out, ref)
		}
	}
	slices.SortFunc(out, schema.Ref.Compare)
	return slices.Compact(out)
}

// Whole reports an object that is there and can be used as it is.
func (v *View) Whole(r schema.Ref) bool {
	o, there := v.Live.Get(r)
	return there && o.State != schema.StatePending && o.State != schema.StateErrored
}

// laidOver is a live object as the desired one changes it: what is not mentioned stays.
func laidOver(live, want schema.Object) schema.Object {
	out := live.Clone()
	out.Ref = want.Ref
	for member, part := range want.Members {
		if part.State == schema.StateAbsent {
			delete(out.Members, member)
		} else {
			has := out.Members[member]
			has.Attrs, has.Config = merged(has.Attrs, part.Attrs), merged(has.Config, part.Config)
			out.Members = schema.With(out.Members, member, has)
		}
	}
	out.Attrs = merged(out.Attrs, want.Attrs)
	out.Config = merged(out.Config, want.Config)
	for name, device := range want.Devices {
		if schema.DeviceGoes(device) {
			delete(out.Devices, name)
			continue
		}
		out.Devices = schema.With(out.Devices, name, merged(out.Devices[name], device))
	}
	for name, list := range want.Lists {
		out.Lists = schema.With(out.Lists, name, list)
	}
	return out
}

// merged lays texts over others; an empty one removes.
func merged(texts, over map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, texts)
	for key, value := range over {
		out[key] = value
	}
	maps.DeleteFunc(out, func(_, value string) bool { return strings.TrimSpace(value) == "" })
	return out
}

// Meant is the object that a reference leads to: in a project without objects of its kind of its own that is the
// default project's.
func Meant(live schema.Cluster, r schema.Ref) schema.Ref {
	if _, own := live.Get(r); !own && r.Project != "" {
		r.Project = schema.DefaultProject
	}
	return r
}

// Known reports that an object is there, or will be.
func (v *View) Known(ref schema.Ref) bool {
	kind, ok := v.Reg.Kind(ref.Kind)
	_, there := v.Live.Get(ref)
	_, wanted := v.Want.Want.Get(ref)
	return !ok || there || wanted || slices.Contains(kind.Builtin, ref.Name)
}

// IsNamed reports that one of the texts means the object.
func IsNamed(live schema.Cluster, reg schema.Registry, ref schema.Ref, texts []string) bool {
	return slices.ContainsFunc(live.Names(reg, ref), func(name schema.Ref) bool {
		return slices.ContainsFunc(texts, func(text string) bool { return name.Means(reg, text) })
	})
}
