package kinds

import (
	"path"
	"strings"

	"clusterctl/schema"
)

type poolEntry struct {
	Name        string            `yaml:"name" validate:"required,excludesall=/"`
	Driver      string            `yaml:"driver" validate:"required_unless=State absent,omitempty,oneof=btrfs ceph cephfs cephobject dir lvm zfs"`
	Description string            `yaml:"description"`
	State       string            `yaml:"state" validate:"omitempty,oneof=present absent"`
	Config      map[string]string `yaml:"config"`
}

// storagePool describes storage pools.
func storagePool() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name:      schema.KindStoragePool,
			Title:     "storage pool",
			Plural:    "storage_pools",
			Scope:     schema.ScopeCluster,
			Lifecycle: schema.Pending,
			Home:      schema.HomeMember,
			Data:      true,
			AtJoin:    schema.LossRefused,
			Path:      "/1.0/storage-pools",
			// LXD 5.0.2 drops the description of a pool that is given a source or a size (measured).
			Attrs:   []schema.Attr{{Name: "driver", Immutable: true}, {Name: "description", Late: true}},
			Keys:    poolKeys(),
			Variant: "driver",
			Tables: schema.Tables{
				Table:          "storage_pools",
				Columns:        map[string]string{"driver": "driver", "description": "description"},
				State:          true,
				Owner:          "storage_pool_id",
				Config:         "storage_pools_config",
				ConfigByMember: true,
				Parts:          "storage_pools_nodes",
			},
			Rank:    40,
			Help:    "Storage for instances, images and volumes. Every member has a part of its own, with its own source and size.",
			Example: "name: local\ndriver: zfs\nconfig:\n  volume.zfs.use_refquota: \"true\"\n",
		},
		New: func() any { return &poolEntry{} },
		Object: func(entry any) schema.Object {
			e := entry.(*poolEntry)
			ref := schema.Ref{Kind: schema.KindStoragePool, Name: e.Name}
			return object(ref, e.State, map[string]string{"driver": e.Driver, "description": e.Description}, e.Config)
		},
		Check: checkPool,
	}
}

// checkPool refuses sources that zfs and lvm cannot use (lxd 5.0.2, lxd/storage/drivers/driver_zfs.go and
// driver_lvm.go Create): a path must be a block device. The daemon prints the path of its own loop file,
// disks/NAME.img, as the source; that one is right.
func checkPool(o schema.Object, _ schema.Cluster) []schema.Problem {
	if driver := o.Attrs["driver"]; driver != "zfs" && driver != "lvm" {
		return nil
	}
	var out []schema.Problem
	check := func(source, field string) {
		own := strings.HasSuffix(source, "/disks/"+o.Ref.Name+".img")
		if !path.IsAbs(source) || strings.HasPrefix(source, "/dev/") || own {
			return
		}
		out = append(out, schema.Problem{
			Severity: schema.SeverityError, Code: schema.CodeValue, Field: field,
			Summary: "cannot use " + source + " as the source of storage pool " + o.Ref.Name,
			Detail:  "Custom loop file locations are not supported: a path must be a block device.",
			Hint:    "name a device below /dev, an existing pool of the driver, or leave source out for a loop file",
		})
	}
	check(o.Config["source"], "config.source")
	for _, member := range o.MemberNames() {
		check(o.Members[member].Config["source"], "members."+member+".source")
	}
	return out
}

// poolKeys are the keys of lxd 5.0.2: lxd/storage/drivers/driver_*.go Validate and
// lxd/storage/utils.go poolAndVolumeCommonRules; the member-specific ones are
// lxd/db/storage_pools.go NodeSpecificStorageConfig. What the server fills in was measured.
func poolKeys() []schema.KeyRule {
	loop := []string{"btrfs", "lvm", "zfs"}
	zfs, lvm, ceph, cephfs := []string{"zfs"}, []string{"lvm"}, []string{"ceph"}, []string{"cephfs"}
	object, block := []string{"cephobject"}, []string{"lvm", "ceph"}
	filesystem := oneOf("btrfs", "ext4", "xfs")
	return append(incusPoolKeys(), []schema.KeyRule{
		{Key: "source", Where: schema.OnMember, Computed: true, Immutable: true, Help: "Device, dataset or path; empty: a loop file, or the usual folder."},
		{Key: "size", Where: schema.OnMember, Type: schema.Size, Computed: true, Immutable: true, For: loop, Help: "Size of the loop file, such as 10GiB."},
		{Key: "volatile.initial_source", Where: schema.OnMember, Volatile: true, Help: "The source as it was given."},
		{Key: "zfs.pool_name", Where: schema.OnMember, Computed: true, Immutable: true, For: zfs, Help: "Name of the zpool or dataset."},
		// With both new, LXD 5.0.2 renames the group, looks for the pool in the old one, and leaves it renamed (measured).
		{Key: "lvm.vg_name", Where: schema.OnMember, Computed: true, Alone: true, For: lvm, Help: "Name of the volume group."},
		{Key: "lvm.thinpool_name", Where: schema.OnMember, Computed: true, Alone: true, For: lvm, Help: "Name of the thin pool."},
		{Key: "source.wipe", Where: schema.OnMember, Type: schema.Bool, For: loop, Servers: since("5.21"), Help: "Wipe the device first."},
		{Key: "rsync.bwlimit", Type: schema.Size, Help: "Bandwidth for moving volumes by rsync."},
		{Key: "rsync.compression", Type: schema.Bool, Default: "true", Help: "Compress what rsync sends."},
		{Key: "btrfs.mount_options", For: []string{"btrfs"}, Help: "Options for mounting block devices."},
		{Key: "zfs.clone_copy", For: zfs, Default: "true", Check: oneOf("rebase", "true", "false", "yes", "no", "1", "0", "on", "off"), Help: "Clone instead of copying whole datasets."},
		{Key: "zfs.export", Type: schema.Bool, For: zfs, Default: "true", Help: "Export the zpool when it is unmounted."},
		{Key: "lvm.thinpool_metadata_size", Type: schema.Size, Immutable: true, For: lvm, Help: "Size of the thin pool's metadata."},
		{Key: "lvm.use_thinpool", Type: schema.Bool, Immutable: true, For: lvm, Default: "true", Help: "Put volumes into a thin pool."},
		{Key: "lvm.vg.force_reuse", Type: schema.Bool, For: lvm, Servers: onlyLXD(), Help: "Use a volume group that is not empty."},
		{Key: "ceph.cluster_name", Computed: true, Immutable: true, For: ceph, Default: "ceph", Help: "Name of the Ceph cluster."},
		{Key: "ceph.osd.force_reuse", Type: schema.Bool, For: ceph, Help: "Use an OSD pool that another LXD uses; do not."},
		{Key: "ceph.osd.pg_num", Computed: true, For: ceph, Default: "32", Help: "Placement groups of the OSD pool."},
		{Key: "ceph.osd.pool_name", Computed: true, Immutable: true, For: ceph, Help: "Name of the OSD pool."},
		{Key: "ceph.osd.data_pool_name", Immutable: true, For: ceph, Help: "Name of the OSD pool for data."},
		{Key: "ceph.rbd.clone_copy", Type: schema.Bool, For: ceph, Default: "true", Help: "Clone instead of copying whole images."},
		{Key: "ceph.rbd.du", Type: schema.Bool, For: ceph, Default: "true", Help: "Ask rbd du for the usage."},
		{Key: "ceph.rbd.features", For: ceph, Default: "layering", Help: "RBD features of volumes."},
		{Key: "ceph.user.name", Computed: true, For: ceph, Default: "admin", Help: "Ceph user."},
		{Key: "cephfs.cluster_name", Computed: true, Immutable: true, For: cephfs, Default: "ceph", Help: "Name of the Ceph cluster."},
		{Key: "cephfs.fscache", Type: schema.Bool, For: cephfs, Default: "false", Help: "Use fscache."},
		{Key: "cephfs.path", Computed: true, Immutable: true, For: cephfs, Help: "Path within the file system."},
		{Key: "cephfs.user.name", Computed: true, For: cephfs, Default: "admin", Help: "Ceph user."},
		{Key: "cephobject.cluster_name", Computed: true, Immutable: true, For: object, Default: "ceph", Help: "Name of the Ceph cluster."},
		{Key: "cephobject.user.name", Computed: true, For: object, Default: "admin", Help: "Ceph user."},
		{Key: "cephobject.radosgw.endpoint", For: object, Help: "URL of the RADOS gateway."},
		{Key: "cephobject.radosgw.endpoint_cert_file", For: object, Help: "Certificate file of the gateway."},
		{Key: "cephobject.bucket.name_prefix", For: object, Help: "Prefix of bucket names."},
		{Key: "volume.size", Type: schema.Size, Help: "Default size of volumes."},
		{Key: "volume.snapshots.expiry", Help: "Default life of snapshots, such as 7d."},
		{Key: "volume.snapshots.schedule", Help: "Default schedule of snapshots: cron, @daily, ..."},
		{Key: "volume.snapshots.pattern", Help: "Default name of snapshots."},
		{Key: "volume.security.shifted", Type: schema.Bool, Help: "Default for shifting ids."},
		{Key: "volume.security.unmapped", Type: schema.Bool, Help: "Default for no id mapping."},
		{Key: "volume.block.filesystem", For: block, Check: filesystem, Help: "Default file system of volumes."},
		{Key: "volume.block.mount_options", For: block, Help: "Default mount options of volumes."},
		{Key: "volume.lvm.stripes", For: lvm, Check: uint32Value, Help: "Default number of stripes."},
		{Key: "volume.lvm.stripes.size", Type: schema.Size, For: lvm, Help: "Default size of a stripe."},
		{Key: "volume.zfs.blocksize", Type: schema.Size, For: zfs, Help: "Default block size, 512 to 16MiB, a power of 2."},
		{Key: "volume.zfs.remove_snapshots", Type: schema.Bool, For: zfs, Help: "Default for removing snapshots as needed."},
		{Key: "volume.zfs.use_refquota", Type: schema.Bool, For: zfs, Help: "Default for refquota instead of quota."},
		{Key: "volume.zfs.reserve_space", Type: schema.Bool, For: zfs, Help: "Default for reserving the size."},
		{Key: "user.*", Help: "Free for notes."},
	}...)
}
