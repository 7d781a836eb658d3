package emit

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"clusterctl/schema"
)

// Encode writes a cluster as a preseed that [Decode] reads back into the same objects: the cluster-wide sections in
// the order of the registry, then members:. Every map is sorted, so equal clusters give equal bytes. Secrets and the
// server's own notes (volatile keys) are left out.
func Encode(reg schema.Registry, c schema.Cluster) []byte {
	var w yamlWriter
	w.pairs(encodeTop(reg, c), "")
	return w.Bytes()
}

// encodeTop returns the sections.
func encodeTop(reg schema.Registry, c schema.Cluster) yamlMap {
	top := yamlMap{}
	for _, kind := range reg.All() {
		if kind.Lifecycle == schema.Membership || kind.Lifecycle == schema.ReadOnly {
			continue
		}
		var list []any
		for _, o := range c.OfKind(kind.Name) {
			if kind.Lifecycle == schema.Singleton {
				top = top.with(kind.Plural, encodeConfig(kind, "", o.Config))
			} else {
				list = append(list, encodeObject(kind, o)...)
			}
		}
		top = top.with(kind.Plural, list)
	}
	if kind, ok := reg.Kind(schema.KindMember); ok {
		list := schema.Map(c.OfKind(kind.Name), func(o schema.Object) any { return encodeMember(reg, kind, c, o) })
		top = top.with(kind.Plural, list)
	}
	return top
}

// encodeObject returns the entry of an object, or one per member where each has its own; none for an object of which
// only members' parts are known.
func encodeObject(kind schema.Kind, o schema.Object) []any {
	if kind.Lifecycle != schema.Placed || len(o.Members) == 0 {
		if kind.Variant != "" && o.Attrs[kind.Variant] == "" && o.State == "" {
			return nil
		}
		return []any{encodeEntry(kind, o, "")}
	}
	return schema.Map(o.MemberNames(), func(member string) any { return encodeEntry(kind, o.OfMember(member), member) })
}

func encodeEntry(kind schema.Kind, o schema.Object, target string) yamlMap {
	parent, name := kind.Split(o.Ref)
	e := yamlMap{}.with(kind.ParentKey, parent)
	if kind.NameKey != "-" {
		e = e.with(cmp.Or(kind.NameKey, "name"), name)
	}
	if kind.Scope == schema.ScopeProject && o.Ref.Project != schema.DefaultProject {
		e = e.with("project", o.Ref.Project)
	}
	return encodeBody(kind, o, e.with("target", target)).with("config",
		encodeConfig(kind, o.Attrs[kind.Variant], o.Config))
}

// encodeAttr returns a JSON value as it is, which is YAML, too; a long form, see [TextOrMap], is one.
func encodeAttr(attr schema.Attr, value string) any {
	if value != "" && (attr.JSON || strings.HasPrefix(value, `{"`)) {
		return yamlPlain(value)
	}
	return value
}

// encodeBody adds the attributes in the order of the kind, the lists, the state and the devices.
func encodeBody(kind schema.Kind, o schema.Object, e yamlMap) yamlMap {
	for _, attr := range kind.Attrs {
		if !attr.Derived {
			e = e.with(attr.Name, encodeAttr(attr, o.Attrs[attr.Name]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Lists)) {
		e = e.with(name, yamlList(o.Lists[name]))
	}
	if slices.Contains([]schema.State{schema.StateAbsent, schema.StateLost, schema.StateEvacuated}, o.State) {
		e = e.with("state", string(o.State))
	}
	devices := yamlMap{}
	for _, name := range slices.Sorted(maps.Keys(o.Devices)) {
		devices = append(devices, yamlPair{name, yamlTexts(o.Devices[name])})
	}
	return e.with("devices", devices)
}

func encodeConfig(kind schema.Kind, variant string, config map[string]string) yamlMap {
	out := yamlMap{}
	for _, key := range slices.Sorted(maps.Keys(config)) {
		rule, _ := kind.Rule(variant, key)
		if _, mark := schema.SecretName(config[key]); mark || rule.Volatile || rule.Secret {
			continue
		}
		out = append(out, yamlPair{key, config[key]})
	}
	return out
}

// encodeMember gathers what belongs to a member: its object, its server keys, its parts of pools and networks.
func encodeMember(reg schema.Registry, kind schema.Kind, c schema.Cluster, o schema.Object) yamlMap {
	e := encodeBody(kind, o, yamlMap{}.with("name", o.Ref.Name))
	config := encodeConfig(kind, "", o.Config)
	parts := yamlMap{}
	for _, other := range reg.All() {
		named := yamlMap{}
		for _, object := range c.OfKind(other.Name) {
			keys := encodeConfig(other, object.Attrs[other.Variant], object.Members[o.Ref.Name].Config)
			if other.Lifecycle == schema.Singleton {
				config = append(config, keys...)
				continue
			}
			if object.Ref.Project == "" || object.Ref.Project == schema.DefaultProject {
				named = named.with(object.Ref.Name, keys)
			}
		}
		if entity := other.Entity(); entity != "" {
			parts = parts.with(entity, named)
		}
	}
	slices.SortFunc(config, func(a, b yamlPair) int { return strings.Compare(a.key, b.key) })
	return e.with("config", config).with("member_config", parts)
}

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
	refs := schema.Map(o.Refs, func(r schema.Ref) string { return r.String() })
	top = top.with("devices", devices).with("members", members).with("needs", yamlList(refs))
	var w yamlWriter
	w.pairs(top, "")
	return w.Bytes()
}
