package kinds

import (
	"strings"

	"clusterctl/schema"
)

type bucketEntry struct {
	Name        string            `yaml:"name" validate:"required,excludesall=/"`
	Pool        string            `yaml:"pool" validate:"required,excludesall=/"`
	Project     string            `yaml:"project"`
	Description string            `yaml:"description"`
	Target      string            `yaml:"target" validate:"omitempty,excludesall=/ ,startsnotwith=@"`
	State       string            `yaml:"state" validate:"omitempty,oneof=present absent"`
	Config      map[string]string `yaml:"config"`
}

// storageBucket describes buckets. In a local pool a bucket lives on one member, as a volume does, and goes with it
// without a word.
func storageBucket() schema.Kind {
	return schema.Kind{
		Spec: bucketSpec(),
		Form: schema.FormOf(func(e *bucketEntry) schema.Object {
			ref := schema.Ref{Kind: kindBucket, Project: inProject(e.Project), Name: childName(e.Pool, e.Name)}
			attrs := map[string]string{"description": e.Description}
			return bucketSpec().OnTarget(object(ref, e.State, attrs, e.Config), e.Target)
		}),
	}
}

const kindBucket schema.KindName = "storage_bucket"

func bucketSpec() schema.Spec {
	return schema.Spec{
		Name: kindBucket, Title: "storage bucket", Lost: "all objects in it, and its keys", Plural: "storage_buckets",
		Scope:   schema.ScopeProject,
		Feature: "features.storage.buckets", Parent: schema.KindStoragePool, ParentKey: "pool",
		Lifecycle: schema.Placed, Servers: schema.Versions{schema.LXD: {{From: "5.5"}}},
		Home: schema.HomePool, Data: true, AtJoin: schema.LossRefused, Path: "/1.0/storage-pools/{}/buckets",
		Attrs: []schema.Attr{{Name: "description", Local: true}}, Keys: keys("storage_bucket"),
		Tables: schema.Tables{Table: "storage_buckets", Project: true,
			Parent: schema.Link{From: "storage_pool_id", Table: "storage_pools", Key: "id", Value: "name"},
			Member: "node_id", Columns: map[string]string{"description": "description"}, Owner: "storage_bucket_id",
			Config: "storage_buckets_config"},
		Rank: 59,
	}
}

type bucketKeyEntry struct {
	Bucket      string `yaml:"bucket" validate:"required"`
	Name        string `yaml:"name" validate:"required,excludesall=/"`
	Project     string `yaml:"project"`
	Role        string `yaml:"role" validate:"required,oneof=admin read-only"`
	Description string `yaml:"description"`
	Target      string `yaml:"target" validate:"omitempty,excludesall=/ ,startsnotwith=@"`
	State       string `yaml:"state" validate:"omitempty,oneof=present absent"`
}

// bucketKey describes the keys of buckets. What they consist of, the access key and the secret key, the server makes up
// and nobody reads here: a change sends back what it has just read. The key admin comes and goes with the bucket (lxd
// 5.21.7, lxd/storage_buckets.go storagePoolBucketsPost; incus 6.0.4, cmd/incusd/storage_buckets.go) and is left to it.
func bucketKey() schema.Kind {
	return schema.Kind{
		Spec: bucketKeySpec(),
		Form: schema.FormOf(func(e *bucketKeyEntry) schema.Object {
			ref := schema.Ref{Kind: kindBucketKey, Project: inProject(e.Project), Name: childName(e.Bucket, e.Name)}
			attrs := map[string]string{"role": e.Role, "description": e.Description}
			return bucketKeySpec().OnTarget(object(ref, e.State, attrs, nil), e.Target)
		}),
		Internal: func(o schema.Object) bool { _, name := bucketKeySpec().Split(o.Ref); return name == adminKey },
		Check:    checkBucketKey,
	}
}

const kindBucketKey schema.KindName = "storage_bucket_key"

// adminKey is the key that comes with its bucket.
const adminKey = "admin"

func bucketKeySpec() schema.Spec {
	return schema.Spec{
		Name: kindBucketKey, Title: "storage bucket key", Lost: "its secret", Plural: "storage_bucket_keys",
		Scope: schema.ScopeProject, Feature: "features.storage.buckets", Parent: kindBucket, ParentKey: "bucket",
		Lifecycle: schema.Placed, Servers: bucketSpec().Servers, Home: schema.HomePool, AtJoin: schema.LossNone,
		Path:  "/1.0/storage-pools/{}/buckets/{}/keys",
		Attrs: []schema.Attr{{Name: "role", Local: true}, {Name: "description", Local: true}},
		Tables: schema.Tables{Table: "storage_buckets_keys",
			Parent: schema.Link{From: "storage_bucket_id", Table: "storage_buckets", Key: "id", Value: "name"},
			Above:  bucketSpec().Tables.Parent, Member: "node_id",
			Columns: map[string]string{"description": "description", "role": "role"}},
		Rank: 59,
	}
}

func checkBucketKey(o schema.Object, _ schema.Cluster, server schema.Product) []schema.Problem {
	bucket, name := bucketKeySpec().Split(o.Ref)
	switch pool, _, ok := strings.Cut(bucket, "/"); {
	case !ok || pool == "":
		return []schema.Problem{schema.Wrong(schema.CodeValue, "bucket", "cannot find bucket "+bucket,
			"It says no pool.", "write POOL/BUCKET")}
	case name == adminKey:
		return []schema.Problem{schema.Wrong(schema.CodeValue, "name", "cannot declare the key admin of bucket "+bucket,
			server.Title()+" makes it with the bucket.", "leave it out, or give the key another name")}
	}
	return nil
}
