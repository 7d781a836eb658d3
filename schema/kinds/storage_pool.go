package kinds

import (
	"path"
	"strings"

	"clusterctl/schema"
)

type poolEntry struct {
	Name        string            `yaml:"name" validate:"required,excludesall=/"`
	Driver      string            `yaml:"driver" validate:"required_unless=State absent,omitempty,oneof=btrfs ceph cephfs cephobject dir lvm zfs lvmcluster powerflex pure alletra powerstore linstor truenas"`
	Description string            `yaml:"description"`
	State       string            `yaml:"state" validate:"omitempty,oneof=present absent"`
	Config      map[string]string `yaml:"config"`
}

// storagePool describes storage pools.
func storagePool() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name: schema.KindStoragePool, Title: "storage pool", Lost: "what its driver keeps on every member",
			Plural: "storage_pools",
			Scope:  schema.ScopeCluster, Lifecycle: schema.Pending, Home: schema.HomeMember, Data: true,
			AtJoin: schema.LossRefused, Path: "/1.0/storage-pools", Listed: true, Init: true,
			// LXD 5.0.2 drops the description of a pool that is given a source or a size (measured).
			Attrs: []schema.Attr{{Name: "driver", Immutable: true, Required: true, Values: poolDrivers()},
				{Name: "description", Late: true}},
			Keys: keys("storage_pool"), Variant: "driver",
			Tables: schema.Tables{Table: "storage_pools",
				Columns: map[string]string{"driver": "driver", "description": "description"}, State: true,
				Owner: "storage_pool_id", Config: "storage_pools_config", ConfigByMember: true,
				Parts: "storage_pools_nodes"},
			Rank: 40,
		},
		Form: schema.FormOf(func(e *poolEntry) schema.Object {
			ref := schema.Ref{Kind: schema.KindStoragePool, Name: e.Name}
			return object(ref, e.State, map[string]string{"driver": e.Driver, "description": e.Description}, e.Config)
		}),
		Check: checkPool,
	}
}

// poolDrivers are the drivers that not all servers have; which ones a member can use depends on its machine, too.
func poolDrivers() map[string]schema.Versions {
	only := func(product, other schema.Product, spans string) schema.Versions {
		return schema.Versions{product: schema.ParseSpans(spans), other: {}}
	}
	return map[string]schema.Versions{
		"cephobject": {schema.LXD: schema.ParseSpans("5.5..")},
		"powerflex":  only(schema.LXD, schema.Incus, "5.19.."),
		"pure":       only(schema.LXD, schema.Incus, "5.21.4..5.21 6.3.."),
		"alletra":    only(schema.LXD, schema.Incus, "5.21.5..5.21 6.6.."),
		"powerstore": only(schema.LXD, schema.Incus, "6.9.."),
		"lvmcluster": {schema.LXD: {}},
		"linstor":    only(schema.Incus, schema.LXD, "6.9.."),
		"truenas":    only(schema.Incus, schema.LXD, "6.10.."),
	}
}

// checkPool refuses sources that zfs and lvm cannot use (lxd 5.0.2, lxd/storage/drivers/driver_zfs.go and
// driver_lvm.go Create): a path must be a block device. The daemon prints the path of its own loop file,
// disks/NAME.img, as the source; that one is right.
func checkPool(o schema.Object, _ schema.Cluster, _ schema.Product) []schema.Problem {
	if driver := o.Attrs["driver"]; driver != "zfs" && driver != "lvm" {
		return nil
	}
	var out []schema.Problem
	check := func(source, field string) {
		own := strings.HasSuffix(source, "/disks/"+o.Ref.Name+".img")
		if !path.IsAbs(source) || strings.HasPrefix(source, "/dev/") || own {
			return
		}
		out = append(out, schema.Wrong(schema.CodeValue, field,
			"cannot use "+source+" as the source of storage pool "+o.Ref.Name,
			"Custom loop file locations are not supported: a path must be a block device.",
			"name a device below /dev, an existing pool of the driver, or leave source out for a loop file"))
	}
	check(o.Config["source"], "config.source")
	for _, member := range o.MemberNames() {
		check(o.Members[member].Config["source"], "members."+member+".source")
	}
	return out
}
