package kinds_test

import (
	"slices"
	"testing"

	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

func TestEveryKindIsComplete(t *testing.T) {
	t.Parallel()
	reg := kinds.Registry()
	if got, want := len(reg.All()), 15; got != want {
		t.Fatalf("got %d kinds, want %d", got, want)
	}
	for _, k := range reg.All() {
		if k.Path == "" || k.Rank == 0 || k.New == nil || k.Object == nil || k.Example == "" {
			t.Errorf("%s: path, rank, New, Object or example is missing", k.Name)
		}
		if k.Home == 0 || k.AtJoin == 0 {
			t.Errorf("%s: where it lives, or what a join does to it, is not said", k.Name)
		}
		if k.Home == schema.HomeCluster && (k.Tables.Member != "" || k.Tables.Parts != "" || k.Data) {
			t.Errorf("%s: lives %s, but has members' own or data", k.Name, k.Home)
		}
		if inPool := k.Parent == schema.KindStoragePool || k.Lifecycle == schema.Running; inPool != (k.Home == schema.HomePool) {
			t.Errorf("%s: lives %s", k.Name, k.Home)
		}
		for i, rule := range k.Rules() {
			if rule.Key == "" || rule.Help == "" {
				t.Errorf("%s: rule %d has no key or no help: %+v", k.Name, i, rule.Key)
			}
			if rule.Type != schema.Text && rule.Check != nil {
				t.Errorf("%s: %s has both a type and a check", k.Name, rule.Key)
			}
		}
		for attr, texts := range k.Tables.Enums {
			if len(texts) == 0 || slices.Contains(texts, "") {
				t.Errorf("%s: enum of %s has an empty text", k.Name, attr)
			}
		}
	}
}

func TestRuleLookup(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind         schema.KindName
		variant, key string
		known        bool
		where        schema.Where
	}{
		{schema.KindStoragePool, "zfs", "zfs.pool_name", true, schema.OnMember},
		{schema.KindStoragePool, "dir", "zfs.pool_name", false, 0},
		{schema.KindStoragePool, "dir", "size", false, 0},
		{schema.KindStoragePool, "btrfs", "size", true, schema.OnMember},
		{schema.KindStoragePool, "lvm", "lvm.thinpool_name", true, schema.OnMember},
		{schema.KindNetwork, "bridge", "bridge.external_interfaces", true, schema.OnMember},
		{schema.KindNetwork, "macvlan", "parent", true, schema.OnMember},
		{schema.KindNetwork, "bridge", "parent", false, 0},
		{schema.KindNetwork, "bridge", "tunnel.x.remote", true, schema.OnCluster},
		{schema.KindNetwork, "bridge", "ipv4.adress", false, 0},
		{schema.KindServer, "", "cluster.https_address", true, schema.OnMember},
		{schema.KindServer, "", "cluster.max_voters", true, schema.OnCluster},
		{schema.KindServer, "", "user.a.b", true, schema.OnCluster},
		{schema.KindMember, "", "scheduler.instance", true, schema.OnCluster},
		{schema.KindProfile, "", "limits.cpu", true, schema.OnCluster},
	} {
		k, _ := kinds.Registry().Kind(c.kind)
		rule, known := k.Rule(c.variant, c.key)
		if known != c.known || rule.Where != c.where {
			t.Errorf("%s %s %s: got %v %v, want %v %v", c.kind, c.variant, c.key, known, rule.Where, c.known, c.where)
		}
	}
}
