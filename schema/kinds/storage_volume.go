package kinds

import (
	"clusterctl/schema"
)

type volumeEntry struct {
	Name        string            `yaml:"name" validate:"required,excludesall=/"`
	Pool        string            `yaml:"pool" validate:"required,excludesall=/"`
	Project     string            `yaml:"project"`
	Type        string            `yaml:"type" validate:"omitempty,oneof=custom"`
	ContentType string            `yaml:"content_type" validate:"omitempty,oneof=filesystem block iso"`
	Description string            `yaml:"description"`
	Target      string            `yaml:"target" validate:"omitempty,excludesall=/ ,startsnotwith=@"`
	State       string            `yaml:"state" validate:"omitempty,oneof=present absent"`
	Config      map[string]string `yaml:"config"`
}

// storageVolume describes custom volumes. In a local pool a volume lives on one member, and another member may have one
// of the same name: then they are one object with two parts.
func storageVolume() schema.Kind {
	return schema.Kind{
		Spec: volumeSpec(),
		Form: schema.FormOf(func(e *volumeEntry) schema.Object {
			content := e.ContentType
			if content == "" {
				content = "filesystem"
			}
			ref := schema.Ref{Kind: schema.KindVolume, Project: inProject(e.Project), Name: childName(e.Pool, e.Name)}
			attrs := map[string]string{"type": "custom", "content_type": content, "description": e.Description}
			return volumeSpec().OnTarget(object(ref, e.State, attrs, e.Config), e.Target)
		}),
		Finish: finishVolume,
	}
}

func volumeSpec() schema.Spec {
	return schema.Spec{
		Name: schema.KindVolume, Title: "storage volume", Plural: "storage_volumes", Scope: schema.ScopeProject,
		Feature: "features.storage.volumes", Parent: schema.KindStoragePool, ParentKey: "pool",
		Lifecycle: schema.Placed, Home: schema.HomePool, Data: true, AtJoin: schema.LossRefused,
		Path: "/1.0/storage-pools/{}/volumes/custom",
		Attrs: []schema.Attr{
			{Name: "type", Immutable: true, Default: "custom"},
			{Name: "content_type", Immutable: true, Default: "filesystem",
				Values: map[string]schema.Versions{"iso": {schema.LXD: {{From: "5.14"}}}}},
			{Name: "description", Local: true},
		},
		Keys: keys("storage_volume"),
		Tables: schema.Tables{Table: "storage_volumes", Where: "type = 2", Project: true,
			Parent: schema.Link{From: "storage_pool_id", Table: "storage_pools", Key: "id", Value: "name"},
			Member: "node_id", Columns: map[string]string{"description": "description", "content_type": "content_type"},
			Enums: map[string][]string{"content_type": {"filesystem", "block", "iso"}}, Owner: "storage_volume_id",
			Config: "storage_volumes_config"},
		Rank: 58,
	}
}

// finishVolume says the type, which is not read: only custom volumes are objects.
func finishVolume(o schema.Object) schema.Object {
	o = o.Clone()
	if o.Attrs == nil {
		o.Attrs = map[string]string{}
	}
	o.Attrs["type"] = "custom"
	return o
}
