package kinds

import (
	"cmp"
	"path"
	"strings"

	"clusterctl/schema"
)

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

func completeVolume(said map[string]string) {
	said["type"], said["content_type"] = "custom", cmp.Or(said["content_type"], "filesystem")
}

func checkVolume(o schema.Object, _ schema.Cluster, _ schema.Product) []schema.Problem {
	if o.Attrs["file"] == "" || o.Attrs["content_type"] == "iso" {
		return nil
	}
	return []schema.Problem{schema.Wrong(schema.CodeValue, "attrs.file",
		"cannot make storage volume "+o.Ref.Name+" of a file",
		"Only an ISO file becomes a volume.", "add content_type: iso, or remove file:")}
}

// finishVolume says the type, which is not read: only custom volumes are objects.
func finishVolume(o schema.Object) schema.Object {
	o = o.Clone()
	o.Attrs = schema.With(o.Attrs, "type", "custom")
	return o
}

// isAdminKey reports the key that comes with its bucket.
func isAdminKey(o schema.Object) bool { return strings.HasSuffix(o.Ref.Name, "/admin") }

func checkBucketKey(o schema.Object, _ schema.Cluster, server schema.Product) []schema.Problem {
	bucket := path.Dir(o.Ref.Name)
	switch pool, _, ok := strings.Cut(bucket, "/"); {
	case !ok || pool == "":
		return []schema.Problem{schema.Wrong(schema.CodeValue, "bucket", "cannot find bucket "+bucket,
			"It says no pool.", "write POOL/BUCKET")}
	case isAdminKey(o):
		return []schema.Problem{schema.Wrong(schema.CodeValue, "name", "cannot declare the key admin of bucket "+bucket,
			server.Title()+" makes it with the bucket.", "leave it out, or give the key another name")}
	}
	return nil
}
