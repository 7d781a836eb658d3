package plan

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/schema"
)

// TestLossesAreThoseOfServers holds the table against what objects were before and after one call on real servers.
func TestLossesAreThoseOfServers(t *testing.T) {
	t.Parallel()
	lxd50, lxd521, lxd6 := schema.Flavour{Product: schema.LXD, Version: "5.0.2"}, schema.Flavour{Product: schema.LXD, Version: "5.21.7"}, schema.Flavour{Product: schema.LXD, Version: "6.9"}
	incus6, incus7 := schema.Flavour{Product: schema.Incus, Version: "6.0.4"}, schema.Flavour{Product: schema.Incus, Version: "7.5.1"}
	all := []schema.Flavour{lxd50, lxd521, lxd6, incus6, incus7}
	tests := []struct {
		on                  []schema.Flavour
		method              string
		target              bool
		kind                schema.KindName
		before, sent, after string
	}{
		{all, "PATCH", false, schema.KindProfile, `{"config":{"a":"1","b":"2"},"description":"D","devices":{"r":{}}}`, `{"config":{"a":"9"}}`, `{"config":{"a":"9","b":"2"},"description":"D","devices":{"r":{}}}`},
		{all, "PATCH", false, "network_acl", `{"config":{"a":"1","b":"2"},"description":"D","ingress":[{"action":"allow"}]}`, `{"config":{"a":"9"}}`, `{"config":{"a":"9","b":"2"}}`},
		{all, "PATCH", false, "network_zone", `{"config":{"a":"1","b":"2"},"description":"D"}`, `{"config":{"a":"9"}}`, `{"config":{"a":"9","b":"2"}}`},
		{all, "PATCH", true, schema.KindVolume, `{"config":{"a":"1"},"description":"D"}`, `{"config":{"a":"9"}}`, `{"config":{"a":"9"}}`},
		{all, "PATCH", false, schema.KindStoragePool, `{"config":{"x":"y"},"description":"Two"}`, `{"config":{"a":"9"}}`, `{"config":{"a":"9","x":"y"}}`},
		{[]schema.Flavour{incus7}, "PATCH", false, schema.KindNetwork, `{"config":{"mtu":"1400"},"description":"M"}`, `{"config":{"a":"9"}}`, `{"config":{"a":"9","mtu":"1400"}}`},
		{[]schema.Flavour{lxd50, incus6, incus7}, "PATCH", false, schema.KindProject, `{"config":{"features.images":"true"},"description":"D"}`, `{"config":{"limits.instances":"4"}}`, `{"config":{"limits.instances":"4"},"description":"D"}`},
		{[]schema.Flavour{lxd521, lxd6}, "PATCH", false, schema.KindProject, `{"config":{"features.images":"true"},"description":"D"}`, `{"config":{"limits.instances":"4"}}`, `{"config":{"features.images":"true","limits.instances":"4"},"description":"D"}`},
		{[]schema.Flavour{lxd50, lxd6}, "PATCH", false, schema.KindGroup, `{"description":"F","members":["n2"]}`, `{"description":"x"}`, `{"description":"x","members":["n2"]}`},
		{[]schema.Flavour{lxd50, incus6, incus7}, "PUT", true, schema.KindNetwork, `{"config":{"mtu":"1400"},"description":"M"}`, `{"config":{}}`, `{"config":{}}`},
	}
	for _, test := range tests {
		for _, on := range test.on {
			var before, sent, want map[string]any
			texts, into := []string{test.before, test.sent, test.after}, []any{&before, &sent, &want}
			for i, text := range texts {
				if err := json.Unmarshal([]byte(text), into[i]); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(want, called(before, sent, Loses(test.method, test.target, test.kind, on))); diff != "" {
				t.Errorf("%s %s on %s (-want +got):\n%s", test.method, test.kind, on, diff)
			}
		}
	}
}

// called is an object after a call that loses these fields.
func called(object, sent map[string]any, loses []string) map[string]any {
	out := maps.Clone(object)
	maps.DeleteFunc(out, func(name string, _ any) bool { return slices.Contains(loses, name) })
	for name, value := range sent {
		now, merge := out[name].(map[string]any)
		if more, isMap := value.(map[string]any); isMap && merge {
			maps.Copy(now, more)
			continue
		}
		out[name] = value
	}
	return out
}
