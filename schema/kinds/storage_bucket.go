package kinds

import "clusterctl/schema"

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
// without a word. Their keys are no part of a preseed: the server makes up the secrets.
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
