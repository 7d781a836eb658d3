package kinds_test

import (
	"path/filepath"
	"strings"
	"testing"

	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// TestEveryFileIsOfAKind holds that no file about a kind is left over, or misspelled.
func TestEveryFileIsOfAKind(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"spec/*.jsonc", "help/*.txt"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
			if _, known := kinds.Registry().Kind(schema.KindName(name)); !known {
				t.Errorf("%s: no kind is called so", file)
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
