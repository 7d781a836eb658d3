package emit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"clusterctl/schema"
)

// computed are attributes that the providers find out, and those that say how they go about it: where, and whether they
// wait for an address, which they do unless somebody says otherwise (terraform-lxd/lxd 2.x, lxc/incus 1.x).
var computed = map[string]bool{"access_key": true, "architecture": true, "created_at": true, "id": true,
	"interfaces": true, "ip_address": true, "ipv4_address": true, "ipv6_address": true, "location": true,
	"mac_address": true, "managed": true, "members": true, "remote": true, "resource_id": true, "secret_key": true,
	"status": true, "wait_for_network": true}

// unlike are attributes that are called as a field is and mean something else: files to put into a volume, where the
// field is the file that the volume is made from.
var unlike = map[schema.KindName]string{schema.KindVolume: "file"}

// fieldsOf returns what the attributes say, by the names that the registry has for it.
func (t *tofu) fieldsOf(kind schema.Kind, attributes map[string]any) map[string]any {
	taken := map[string]any{}
	for name, value := range attributes {
		if name != unlike[kind.Name] {
			taken[cmp.Or(fieldNames[name], name)] = value
		}
	}
	if limits, is := taken["limits"].(map[string]any); is && kind.Name == schema.KindInstance {
		config, _ := taken["config"].(map[string]any)
		all := map[string]any{}
		for key, value := range limits {
			all["limits."+key] = value
		}
		maps.Copy(all, config)
		taken["config"] = all
	}
	if parent, _ := t.reg.Kind(kind.Parent); parent.ParentKey != "" && taken[kind.ParentKey] != nil {
		taken[kind.ParentKey] = fmt.Sprintf("%v/%v", taken[parent.ParentKey], taken[kind.ParentKey])
	}
	return taken
}

// unknown names the attributes that say something for which a preseed has no key, but for those that are not in taken
// because they are secret: these are named already.
func (t *tofu) unknown(address string, kind schema.Kind, attributes, taken map[string]any) {
	known := schema.Map(kind.EntryFields(), func(f schema.Field) string { return f.Path })
	known = append(known, "config", "project", "target")
	if parent, _ := t.reg.Kind(kind.Parent); parent.ParentKey != "" {
		known = append(known, parent.ParentKey)
	}
	if kind.Entity() != "" {
		known = append(known, "member_overrides")
	}
	if kind.Name == schema.KindInstance {
		known = append(known, "limits")
	}
	for name, value := range attributes {
		field, foreign := cmp.Or(fieldNames[name], name), name == unlike[kind.Name]
		_, there := taken[field]
		ours := computed[name] || slices.Contains(known, field) || !there
		if (foreign || !ours) && saysSomething(value) {
			t.left = append(t.left, address+": "+name+", for which a preseed has no key")
		}
	}
}

// saysSomething reports a value that is neither empty nor made of empty ones; false is what is where nobody says
// otherwise.
func saysSomething(value any) bool {
	switch v := value.(type) {
	case []any:
		return slices.ContainsFunc(v, saysSomething)
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), saysSomething)
	}
	return value != nil && value != "" && value != false
}
