package session

import (
	"slices"
	"testing"

	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// TestHalfPartsShared: a device, zpool or group that a whole pool has is not looked at for another pool that is half
// created.
func TestHalfPartsShared(t *testing.T) {
	t.Parallel()
	// LXD 5.0.2 keeps the name of a zpool that it made on a device.
	whole := map[string]string{"source": "tank", "zfs.pool_name": "tank"}
	for name, c := range map[string]struct {
		driver string
		state  schema.State
		config map[string]string
		want   string
	}{
		"same zpool":        {"zfs", schema.StateCreated, map[string]string{"source": "/dev/sdb", "zfs.pool_name": "tank"}, "storage_pool:new"},
		"same source":       {"zfs", schema.StateCreated, map[string]string{"source": "tank"}, "storage_pool:new"},
		"another data set":  {"zfs", schema.StateCreated, map[string]string{"source": "tank/lxd"}, "storage_pool:new|zfs:tank/lxd"},
		"another driver":    {"lvm", schema.StateCreated, map[string]string{"source": "tank"}, "storage_pool:new|tank"},
		"not whole, either": {"zfs", schema.StatePending, map[string]string{"source": "tank"}, "storage_pool:new|zfs:tank"},
	} {
		pool := func(name, driver string, state schema.State, config map[string]string) schema.Object {
			return schema.Object{Ref: schema.Ref{Kind: schema.KindStoragePool, Name: name}, State: schema.StatePending,
				Body:    schema.Body{Attrs: map[string]string{"driver": driver}},
				Members: map[string]schema.Part{"node1": {Config: config, State: state}}}
		}
		facts := schema.Facts{Flavour: schema.Flavour{Product: schema.LXD, Version: "5.0.2"}}
		live := schema.NewCluster(facts, pool("old", "zfs", c.state, whole), pool("new", c.driver, schema.StatePending, c.config))
		s := &Session{Registry: kinds.Registry()}
		got, shared := s.halfParts(live, "node1")
		if !slices.Contains(got, c.want) || (len(shared) > 0) != (c.want == "storage_pool:new") {
			t.Errorf("%s: got %q, %v, want %q", name, got, shared, c.want)
		}
	}
}
