package kinds

import "clusterctl/schema"

// storageBucket describes buckets as far as they must not vanish unseen: they are read, counted with what lives on a
// member, and keep what they are in. No preseed has any.
func storageBucket() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name: "storage_bucket", Title: "storage bucket", Plural: "storage_buckets", Scope: schema.ScopeProject,
			Feature: "features.storage.buckets", Parent: schema.KindStoragePool, ParentKey: "pool",
			Lifecycle: schema.ReadOnly, Servers: schema.Versions{schema.LXD: {{From: "5.5"}}},
			Home: schema.HomePool, Data: true, AtJoin: schema.LossRefused, Path: "/1.0/storage-pools/{}/buckets",
			Attrs: []schema.Attr{{Name: "description"}}, OpenKeys: true,
			Tables: schema.Tables{Table: "storage_buckets", Project: true,
				Parent: schema.Link{From: "storage_pool_id", Table: "storage_pools", Key: "id", Value: "name"},
				Member: "node_id", Columns: map[string]string{"description": "description"}, Owner: "storage_bucket_id",
				Config: "storage_buckets_config"},
			Rank: 59,
		},
	}
}
