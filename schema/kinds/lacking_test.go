package kinds_test

import (
	"testing"

	"clusterctl/schema"
	"clusterctl/schema/kinds"
	"clusterctl/schema/preseed"
)

// lacking is the registry in which only later servers have a kind.
func lacking(name schema.KindName, v schema.Versions) schema.Registry {
	all := kinds.All()
	for i := range all {
		if all[i].Name == name {
			all[i].Servers = v
		}
	}
	return schema.NewRegistry(all...)
}

// TestKindThatTheServersLack is about a kind of later versions: it is not offered, and an entry of it is refused where it stands.
func TestKindThatTheServersLack(t *testing.T) {
	t.Parallel()
	reg := lacking("network_zone", schema.Versions{schema.LXD: {{From: "5.21"}}, schema.Incus: {}})
	for server, want := range map[schema.Flavour]bool{
		schema.JudgedLXD:                                false,
		{Product: schema.LXD, Version: "5.21.4"}:        true,
		{Product: schema.Incus, Version: "6.0.4"}:       false,
		{Product: schema.LXD, Version: "5.20"}:          false,
		{Product: schema.LXD, Version: "6.1"}:           true,
		{Product: schema.Incus, Version: "7.0.2"}:       false,
		{Product: schema.Product("other"), Version: ""}: true,
	} {
		offered := false
		for _, kind := range reg.For(server).All() {
			offered = offered || kind.Name == "network_zone"
		}
		if offered != want {
			t.Errorf("%v: offered %v, want %v", server, offered, want)
		}
	}
	const text = "config: {}\nnetwork_zones:\n- name: lxd.example.net\n"
	p, found := preseed.Decode(reg.For(schema.JudgedLXD), []preseed.Input{{Name: "in.yaml", Data: []byte(text)}})
	if got := len(p.Want.OfKind("network_zone")); got != 0 {
		t.Errorf("got %d network zones to plan, want none", got)
	}
	want := schema.Diagnostic{Severity: schema.SeverityError, Code: schema.CodeNotSupported,
		Summary: "cannot use the section network_zones", Detail: "LXD 5.0.2 refuses a preseed with it.",
		Hint: "LXD has this section from 5.21 on: remove it, or upgrade first"}
	if len(found) != 1 {
		t.Fatalf("got %v, want one diagnostic", found)
	}
	got := found[0]
	if got.Line != 2 || got.Code != want.Code || got.Summary != want.Summary || got.Detail != want.Detail || got.Hint != want.Hint {
		t.Errorf("got %+v, want %+v at line 2", got, want)
	}
	later := reg.For(schema.Flavour{Product: schema.LXD, Version: "6.9"})
	if _, found := preseed.Decode(later, []preseed.Input{{Name: "in.yaml", Data: []byte(text)}}); len(found) != 0 {
		t.Errorf("got %v for LXD 6.9, want nothing", found)
	}
}
