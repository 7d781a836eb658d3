package emit_test

import (
	"testing"

	"clusterctl/schema/emit"
	"clusterctl/schema/kinds"
	"clusterctl/schema/preseed"
)

// FuzzTofu holds that whatever a state has, what is written of it is YAML.
func FuzzTofu(f *testing.F) {
	for _, text := range []string{
		`{"version":4,"resources":[{"mode":"managed","type":"lxd_profile","instances":[{"attributes":{"name":"x","config":{"a":"\u2028b: c"}}}]}]}`,
		`{"version":4,"resources":[{"mode":"managed","type":"incus_network","name":"n","instances":[{"attributes":{"name":"x","target":"m","config":{"parent":[[[[1]]]]},"member_overrides":{"a":{"config":{"b":{"c":1}}}}}}]}]}`,
		`{"version":4,"resources":[{"mode":"managed","type":"lxd_volume","module":"a\u0085b","name":"","instances":[{"index_key":1,"attributes":{"type":"custom","device":[{"name":"d","properties":{"x":null}}]},"sensitive_attributes":[[{"value":{"value":1}}],[]]}]}]}`,
	} {
		f.Add([]byte(text))
	}
	reg := kinds.Registry()
	f.Fuzz(func(t *testing.T, data []byte) {
		text, err := emit.FromTofu(reg, data, "")
		if err != nil {
			return
		}
		_, found := preseed.Format(preseed.Input{Name: "x", Data: text})
		for _, d := range found {
			t.Errorf("%s: %s\n%s", d.Position, d.Summary, text)
		}
	})
}
