package kinds

import (
	"strings"

	"clusterctl/schema"
)

type imageEntry struct {
	Alias       string           `yaml:"alias" validate:"required"`
	Project     string           `yaml:"project"`
	Description string           `yaml:"description"`
	Fingerprint string           `yaml:"fingerprint"`
	File        schema.FileEntry `yaml:"file"`
	Server      string           `yaml:"server"`
	Protocol    string           `yaml:"protocol" validate:"omitempty,oneof=simplestreams lxd incus oci"`
	Source      string           `yaml:"source"`
	// Certificate is that of a server whose certificate nobody vouches for, as LXD's own are.
	Certificate schema.CertificateEntry `yaml:"certificate"`
	Public      string                  `yaml:"public" validate:"omitempty,oneof=true false"`
	AutoUpdate  string                  `yaml:"auto_update" validate:"omitempty,oneof=true false"`
	Replicas    string                  `yaml:"replicas" validate:"omitempty,oneof=wait"`
	State       string                  `yaml:"state" validate:"omitempty,oneof=present absent"`
}

// image describes images, named by an alias. Where an image came from counts when it is brought in: later on the
// cluster updates it by itself if auto_update says so. One from a file is compared with the file, by its fingerprint.
func image() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name: schema.KindImage, Title: "image", Lost: "its files", Plural: "images", Scope: schema.ScopeProject,
			Feature: "features.images", NameKey: "alias", Slashes: true, Lifecycle: schema.Imported,
			Home: schema.HomeMember, Data: true, AtJoin: schema.LossRefused, Path: "/1.0/images/aliases",
			Attrs: []schema.Attr{
				{Name: "description"},
				{Name: "fingerprint", Server: true},
				{Name: "file", Once: true, Unsent: true},
				{Name: "server", Once: true, Unsent: true},
				{Name: "protocol", Once: true, Unsent: true, Values: imageProtocols()},
				{Name: "source", Once: true, Unsent: true},
				{Name: "certificate", Once: true, Unsent: true, Quiet: true},
				{Name: "public", JSON: true, Default: "false"},
				{Name: "auto_update", JSON: true, Default: "false"},
				{Name: "replicas", Once: true, Unsent: true},
			},
			Tables: schema.Tables{
				Table: "images_aliases", Project: true, Columns: map[string]string{"description": "description"},
				Links: map[string]schema.Link{
					"fingerprint": {From: "image_id", Table: "images", Key: "id", Value: "fingerprint"},
					"public":      {From: "image_id", Table: "images", Key: "id", Value: "public"},
					"auto_update": {From: "image_id", Table: "images", Key: "id", Value: "auto_update"},
				},
				Enums: map[string][]string{"public": {"false", "true"}, "auto_update": {"false", "true"}},
			},
			Rank: 62,
		},
		Form:  schema.FormOf(imageObject),
		Check: checkImage,
	}
}

// imageProtocols are those that not all servers speak.
func imageProtocols() map[string]schema.Versions {
	return map[string]schema.Versions{"incus": {schema.LXD: {}}, "oci": {schema.LXD: {}, schema.Incus: {{From: "6.3"}}}}
}

func imageObject(e *imageEntry) schema.Object {
	attrs := map[string]string{
		"description": e.Description, "fingerprint": e.File.SHA256, "file": e.File.Path,
		"public": e.Public, "auto_update": e.AutoUpdate, "replicas": e.Replicas,
		"server": e.Server, "protocol": e.Protocol, "source": e.Source, "certificate": e.Certificate.Base64,
	}
	if e.Fingerprint != "" {
		attrs["fingerprint"] = e.Fingerprint
	}
	return object(schema.Ref{Kind: schema.KindImage, Project: inProject(e.Project), Name: e.Alias}, e.State, attrs, nil)
}

// remoteSource is the source of an image on another server, as LXD's API spells it.
func remoteSource(fields map[string]string) string {
	source := map[string]string{"type": "image", "mode": "pull", "protocol": "simplestreams"}
	for name, value := range fields {
		if value != "" {
			source[name] = value
		}
	}
	return schema.JSONText(source)
}

// checkImage wants to know where an image comes from.
func checkImage(o schema.Object, _ schema.Cluster, product schema.Product) []schema.Problem {
	problem := func(field, summary, detail, hint string) []schema.Problem {
		return []schema.Problem{schema.Wrong(schema.CodeValue, field, summary, detail, hint)}
	}
	file, server := o.Attrs["file"], o.Attrs["server"]
	fingerprint := o.Attrs["fingerprint"]
	switch {
	case fingerprint != "" && (len(fingerprint) != 64 || !fingerprintForm.MatchString(fingerprint)):
		return problem("attrs.fingerprint", "cannot use "+fingerprint+" as the fingerprint of image "+o.Ref.Name,
			"A fingerprint is 64 hexadecimal digits in lower case.",
			product.Client()+" image list shows its beginning, "+product.Client()+" image info all of it")
	case file != "" && server != "":
		return problem("attrs.file", "cannot take image "+o.Ref.Name+" from a file and from a server",
			"It comes from one of the two.", "remove file:, or server: and source:")
	case file == "" && server == "" && fingerprint == "":
		return problem("", "cannot tell where image "+o.Ref.Name+" comes from", "Neither a file nor a server is given.",
			"add file: PATH, or server:, protocol: and source:")
	case server != "" && !strings.HasPrefix(server, "https://"):
		return problem("attrs.server", "cannot get image "+o.Ref.Name+" from "+server,
			product.Title()+" gets images over HTTPS only.", "write server: https://HOST")
	case server != "" && o.Attrs["source"] == "":
		return problem("attrs.server", "cannot tell which image of the server "+o.Ref.Name+" is", "The server has many.",
			"add source: ALIAS")
	}
	return nil
}
