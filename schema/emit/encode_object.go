package emit

import (
	"maps"
	"slices"

	"clusterctl/schema"
)

// EncodeObject writes one object as YAML for people: what it is, its state, what is the same on all members, and each
// member's part. It is the normal form, not an entry of a preseed; [Encode] writes those.
func EncodeObject(o schema.Object) []byte {
	top := yamlMap{}.with("kind", string(o.Ref.Kind)).with("project", o.Ref.Project).with("name",
		o.Ref.Name).with("state", string(o.State))
	for _, name := range slices.Sorted(maps.Keys(o.Attrs)) {
		top = top.with(name, o.Attrs[name])
	}
	for _, name := range slices.Sorted(maps.Keys(o.Lists)) {
		top = top.with(name, yamlList(o.Lists[name]))
	}
	top = top.with("config", yamlTexts(o.Config))
	devices := yamlMap{}
	for _, name := range slices.Sorted(maps.Keys(o.Devices)) {
		devices = append(devices, yamlPair{name, yamlTexts(o.Devices[name])})
	}
	members := yamlMap{}
	for _, name := range o.MemberNames() {
		part := o.Members[name]
		members = append(members, yamlPair{name,
			yamlMap{}.with("state", string(part.State)).with("config", yamlTexts(part.Config))})
	}
	var refs []string
	for _, r := range o.Refs {
		refs = append(refs, r.String())
	}
	top = top.with("devices", devices).with("members", members).with("needs", yamlList(refs))
	var w yamlWriter
	w.pairs(top, "")
	return w.Bytes()
}

func yamlTexts(m map[string]string) yamlMap {
	out := yamlMap{}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		out = append(out, yamlPair{key, m[key]})
	}
	return out
}

func yamlList(items []string) []any {
	var out []any
	for _, item := range items {
		out = append(out, item)
	}
	return out
}
