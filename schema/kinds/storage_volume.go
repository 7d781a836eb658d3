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
	File        schema.FileEntry  `yaml:"file"`
	Description string            `yaml:"description"`
	Target      string            `yaml:"target" validate:"omitempty,excludesall=/ ,startsnotwith=@"`
	State       string            `yaml:"state" validate:"omitempty,oneof=present absent"`
	Config      map[string]string `yaml:"config"`
}

// storageVolume describes custom volumes. In a local pool a volume lives on one member, and another member may have one
// of the same name: then they are one object with two parts.
func storageVolume() schema.Kind {
	spec := volumeSpec()
	return schema.Kind{
		Spec: spec,
		Form: schema.FormOf(func(e *volumeEntry) schema.Object {
			content := e.ContentType
			if content == "" {
				content = "filesystem"
			}
			ref := schema.Ref{Kind: schema.KindVolume, Project: inProject(e.Project), Name: childName(e.Pool, e.Name)}
			attrs := map[string]string{"type": "custom", "content_type": content, "description": e.Description,
				"file": e.File.Path, "fingerprint": e.File.SHA256}
			return spec.OnTarget(object(ref, e.State, attrs, e.Config), e.Target)
		}),
		Finish: finishVolume,
		Check:  checkVolume,
	}
}

func volumeSpec() schema.Spec {
	return schema.Spec{
		Name: schema.KindVolume, Title: "storage volume", Lost: "all data in it, and its snapshots",
		Plural: "storage_volumes", Scope: schema.ScopeProject,
		Feature: "features.storage.volumes", Parent: schema.KindStoragePool, ParentKey: "pool",
		Lifecycle: schema.Placed, Home: schema.HomePool, Data: true, AtJoin: schema.LossRefused,
		Path: "/1.0/storage-pools/{}/volumes/custom",
		Attrs: []schema.Attr{
			{Name: "type", Immutable: true, Default: "custom"},
			{Name: "content_type", Immutable: true, Default: "filesystem",
				Values: map[string]schema.Versions{"iso": {schema.LXD: {{From: "5.14"}}}}},
			{Name: "file", Once: true, Unsent: true, Makes: fromFile},
			{Name: "fingerprint", Once: true, Unsent: true, Quiet: true, Derived: true},
			{Name: "description", Local: true},
		},
		Unmade: "An ISO volume is made of a file.",
		Keys:   keys("storage_volume"),
		Tables: schema.Tables{Table: "storage_volumes", Where: "type = 2", Project: true,
			Parent: schema.Link{From: "storage_pool_id", Table: "storage_pools", Key: "id", Value: "name"},
			Member: "node_id", Columns: map[string]string{"description": "description", "content_type": "content_type"},
			Enums: map[string][]string{"content_type": {"filesystem", "block", "iso"}}, Owner: "storage_volume_id",
			Config: "storage_volumes_config"},
		Rank: 58,
	}
}

// fromFile reports a volume that is made of a file: of one that is there nobody asks for it.
func fromFile(o schema.Object) bool { return o.Attrs["content_type"] == "iso" }

func checkVolume(o schema.Object, _ schema.Cluster, _ schema.Product) []schema.Problem {
	if o.Attrs["file"] == "" || fromFile(o) {
		return nil
	}
	return []schema.Problem{schema.Wrong(schema.CodeValue, "attrs.file",
		"cannot make storage volume "+o.Ref.Name+" of a file",
		"Only an ISO file becomes a volume.", "add content_type: iso, or remove file:")}
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
