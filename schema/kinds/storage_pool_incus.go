package kinds

import "clusterctl/schema"

// incusPoolKeys are the keys that LXD 5.0.2 has not, or has elsewhere, as Incus has them (incus 6.0.4,
// internal/server/storage/drivers/driver_*.go Validate and internal/server/storage/utils.go poolAndVolumeCommonRules;
// member-specific: internal/server/db/storage_pools.go).
func incusPoolKeys() []schema.KeyRule {
	lvm, cephfs, zfs, never := []string{"lvm"}, []string{"cephfs"}, []string{"zfs"}, since("-")
	keys := []schema.KeyRule{
		{Key: "lvm.vg.force_reuse", Where: schema.OnMember, Type: schema.Bool, For: lvm, Servers: never, Help: "Use a volume group that is not empty."},
		{Key: "lvm.metadata_size", Type: schema.Size, For: lvm, Servers: never, Help: "Size of the metadata of the physical volume."},
		{Key: "cephfs.create_missing", Type: schema.Bool, For: cephfs, Servers: never, Help: "Make the file system if it is not there."},
		{Key: "cephfs.osd_pg_num", Type: schema.Int, For: cephfs, Servers: never, Help: "Placement groups of a file system that is made."},
		{Key: "cephfs.meta_pool", For: cephfs, Servers: never, Help: "OSD pool for the metadata of a file system that is made."},
		{Key: "cephfs.data_pool", For: cephfs, Servers: never, Help: "OSD pool for the data of a file system that is made."},
		{Key: "volume.block.filesystem", For: zfs, Servers: never, Check: oneOf("btrfs", "ext4", "xfs"), Help: "Default file system of volumes in block mode."},
		{Key: "volume.block.mount_options", For: zfs, Servers: never, Help: "Default mount options of volumes in block mode."},
		{Key: "volume.zfs.block_mode", Type: schema.Bool, For: zfs, Servers: never, Help: "Default for volumes as block devices with a file system."},
		{Key: "volume.zfs.delegate", Type: schema.Bool, For: zfs, Servers: never, Help: "Default for handing the dataset to the instance."},
	}
	for _, rule := range incusVolumeKeys() {
		rule.Key, rule.Computed = "volume."+rule.Key, false
		keys = append(keys, rule)
	}
	return keys
}

// incusVolumeKeys are the keys of volumes that LXD 5.0.2 has not.
func incusVolumeKeys() []schema.KeyRule {
	never := since("-")
	return []schema.KeyRule{
		{Key: "initial.uid", Type: schema.Int, Computed: true, Servers: never, Help: "Owner of a new volume's root."},
		{Key: "initial.gid", Type: schema.Int, Computed: true, Servers: never, Help: "Group of a new volume's root."},
		{Key: "initial.mode", Type: schema.Int, Computed: true, Servers: never, Help: "Mode of a new volume's root, such as 711."},
		{Key: "security.shared", Type: schema.Bool, Computed: true, Servers: since("5.21"), Help: "Let several instances use a block volume."},
	}
}
