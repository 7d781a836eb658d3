package schema_test

import (
	"testing"

	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

func TestRulesAreThoseOfTheFlavour(t *testing.T) {
	t.Parallel()
	for flavour, domain := range map[schema.Flavour]string{schema.JudgedLXD: "lxd", schema.JudgedIncus: "incus", {}: "lxd"} {
		network, _ := kinds.Registry().For(flavour).Kind(schema.KindNetwork)
		if rule, ok := network.Rule("bridge", "dns.domain"); !ok || rule.Default != domain {
			t.Errorf("%s: got %+v, want the default %s", flavour, rule, domain)
		}
	}
}

func TestKeysComeWithTheirVersion(t *testing.T) {
	t.Parallel()
	rule := schema.Versions{schema.LXD: {}, schema.Incus: {{From: "6.0.3"}}}
	for flavour, want := range map[schema.Flavour]bool{
		{Product: schema.LXD, Version: "5.21.4"}:  false,
		{Product: schema.Incus, Version: "6.0.2"}: false,
		{Product: schema.Incus, Version: "6.0.4"}: true,
		{}: true,
	} {
		if got := rule.In(flavour); got != want {
			t.Errorf("%s: got %t, want %t", flavour, got, want)
		}
	}
}
