package emit

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"clusterctl/schema"
)

// document is the preseed, section by section.
func (t *tofu) document() yamlMap {
	top := yamlMap{
		comment("What a state of OpenTofu or Terraform has of the cluster. A plan of it should have no changes."),
		comment("A state does not say how members are reached: clusterctl init --from ssh://root@HOST writes the whole."),
	}
	slices.Sort(t.left)
	for _, what := range slices.Compact(t.left) {
		top = append(top, comment("not taken over: "+strings.Join(strings.Fields(what), " ")))
	}
	for _, kind := range t.reg.All() {
		if kind.Lifecycle == schema.Singleton {
			top = top.with(kind.Plural, tofuKeys(t.config))
			continue
		}
		var list []any
		for _, e := range t.order {
			if e.kind.Name == kind.Name {
				list = append(list, e.yaml())
			}
		}
		top = top.with(kind.Plural, list)
	}
	var members []any
	for _, name := range slices.Sorted(maps.Keys(t.parts)) {
		if name == "" {
			top = top.with("members_defaults", t.member(yamlMap{}, name))
			continue
		}
		named := yamlMap{{"name", name}, comment("address: HOST:8443, which a state does not say")}
		members = append(members, t.member(named, name))
	}
	return top.with("members", members)
}

// yaml is the entry with its fields in the order of the kind.
func (e *tofuEntry) yaml() yamlMap {
	out := yamlMap{}
	for _, f := range e.kind.EntryFields() {
		switch value := e.fields[f.Path]; {
		case f.Path == "config":
			out = out.with("config", tofuKeys(e.config))
		case value != nil && (f.Path != "project" || value != schema.DefaultProject):
			out = out.with(f.Path, value)
		}
	}
	return out
}

// member adds the keys that a member has of its own.
func (t *tofu) member(out yamlMap, name string) yamlMap {
	parts := yamlMap{}
	for _, entity := range slices.Concat([]schema.Kind{{}}, t.reg.Entities()) {
		named := yamlMap{}
		for _, of := range slices.Sorted(maps.Keys(t.parts[name])) {
			keys := slices.SortedFunc(slices.Values(t.parts[name][of]),
				func(a, b yamlPair) int { return cmp.Compare(a.key, b.key) })
			switch kind, object, _ := strings.Cut(of, " "); {
			case kind == "" && entity.Name == "":
				out = out.with("config", yamlMap(keys))
			case kind == entity.Entity() && kind != "":
				named = named.with(object, yamlMap(keys))
			}
		}
		parts = parts.with(entity.Entity(), named)
	}
	return out.with("member_config", parts)
}

func tofuKeys(config map[string]any) yamlMap {
	keys, _ := tofuValue(config).(yamlMap)
	return keys
}
