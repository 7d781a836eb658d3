package emit

import (
	"slices"

	"clusterctl/schema"
)

// Unmanaged is what a cluster has and a preseed does not say, of one object.
type Unmanaged struct {
	Ref schema.Ref
	// Title is what the kind is called.
	Title string
	// Keys are those that the preseed leaves out, sorted, with their value where that is a number, a size or the like;
	// empty where it does not have the object.
	Keys []string
}

// NotManaged returns what of the live cluster a preseed does not say, in the order of the registry. What nobody has to
// say is left out as [Export] does it, and so are members: those that a preseed does not have are told of otherwise.
func NotManaged(reg schema.Registry, want, live schema.Cluster) []Unmanaged {
	var out []Unmanaged
	var kind schema.Kind
	var more []schema.Object // few, as a rule
	for o := range live.All() {
		if kind.Name != o.Ref.Kind {
			kind, _ = reg.Kind(o.Ref.Kind)
		}
		desired, declared := want.Get(o.Ref)
		if !declared || kind.Lifecycle == schema.Membership || len(leftOut(kind, desired, o)) > 0 {
			more = append(more, o)
		}
	}
	given, _ := exported(reg, schema.NewCluster(live.Facts, more...))
	for _, o := range given {
		if kind.Name != o.Ref.Kind {
			kind, _ = reg.Kind(o.Ref.Kind)
		}
		desired, declared := want.Get(o.Ref)
		switch keys := leftOut(kind, desired, o); {
		case !declared && (kind.Lifecycle == schema.Membership || whole(o.Ref)):
		case !declared && !always(kind, o.Ref):
			out = append(out, Unmanaged{Ref: o.Ref, Title: kind.Title})
		case len(keys) > 0:
			out = append(out, Unmanaged{o.Ref, kind.Title, keys})
		}
	}
	return out
}

// whole reports the default project, whose features are LXD's own.
func whole(ref schema.Ref) bool {
	return ref.Kind == schema.KindProject && ref.Name == schema.DefaultProject
}

// always reports an object that every server has, of which a preseed may say nothing.
func always(kind schema.Kind, ref schema.Ref) bool {
	inDefault := ref.Project == "" || ref.Project == schema.DefaultProject
	return kind.Lifecycle == schema.Singleton || ref.Name == "default" && inDefault
}

// leftOut are the keys of a live object that the desired one has not.
func leftOut(kind schema.Kind, desired, live schema.Object) []string {
	var out []string
	note := func(has map[string]string, config map[string]string, prefix, suffix string) {
		for key, value := range config {
			if _, said := has[key]; said {
				continue
			}
			rule, _ := kind.Rule(live.Attrs[kind.Variant], key)
			text := prefix + key
			if rule.Type != schema.Text {
				text += "=" + value
			}
			if !rule.Volatile {
				out = append(out, text+suffix)
			}
		}
	}
	note(desired.Config, live.Config, "", "")
	for name, part := range live.Members {
		note(desired.Members[name].Config, part.Config, "", " on "+name)
	}
	for name, device := range live.Devices {
		switch said, ok := desired.Devices[name]; {
		case !ok:
			out = append(out, "devices."+name)
		case !schema.DeviceGoes(said):
			note(said, device, "devices."+name+".", "")
		}
	}
	slices.Sort(out)
	return out
}
