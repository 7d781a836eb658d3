package kinds

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"clusterctl/schema"
)

type certificateEntry struct {
	Name        string                  `yaml:"name" validate:"required"`
	Type        string                  `yaml:"type" validate:"omitempty,oneof=client metrics"`
	Certificate schema.CertificateEntry `yaml:"certificate" validate:"required_without=Fingerprint"`
	Fingerprint string                  `yaml:"fingerprint" validate:"omitempty,len=64,hexadecimal"`
	Restricted  string                  `yaml:"restricted" validate:"omitempty,oneof=true false"`
	Projects    []string                `yaml:"projects" validate:"dive,required"`
	Description string                  `yaml:"description" validate:"incus_alone"`
	State       string                  `yaml:"state" validate:"omitempty,oneof=present absent"`
}

// certificate describes the trusted certificates of clients, named by their fingerprints. Those of the servers are no
// objects: LXD adds and removes them as members come and go. Tokens are no part of a preseed.
func certificate() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name: "certificate", Title: "certificate", Lost: "the access of whoever has its key", Plural: "certificates",
			Scope:   schema.ScopeCluster,
			NameKey: "-", Called: "name", Lifecycle: schema.Simple, Home: schema.HomeCluster,
			AtJoin: schema.LossWarned, Path: "/1.0/certificates",
			Attrs: []schema.Attr{
				{Name: "name"},
				{Name: "type", Immutable: true, Default: "client"},
				{Name: "restricted", JSON: true, Default: "false"},
				{Name: "certificate", Once: true, Quiet: true},
				{Name: "description"},
			},
			Lists:  []string{"projects"},
			Tables: certificateTables(),
			Rank:   35,
		},
		Form:     schema.FormOf(certificateObject),
		Names:    certificateNames,
		Internal: func(o schema.Object) bool { return o.Attrs["type"] == "server" },
		Finish:   finishCertificate,
		Check:    checkCertificate,
	}
}

// certificateTables are those of LXD before 5.20, with those of Incus and of later ones.
func certificateTables() schema.Tables {
	t := schema.Tables{
		Table: "certificates",
		Name:  "fingerprint",
		Columns: map[string]string{"name": "name", "type": "type", "restricted": "restricted",
			"certificate": "certificate"},
		// lxd 5.0.2, lxd/db/cluster/certificates.go.
		Enums: map[string][]string{"type": {"unknown", "client", "server", "metrics"}, "restricted": {"false", "true"}},
		Joins: map[string]schema.Join{"projects": {Table: "certificates_projects", Owner: "certificate_id",
			Item: "project_id", Of: "projects"}},
	}
	incus := t
	incus.Columns = maps.Clone(t.Columns)
	incus.Columns["description"] = "description" // read on Incus 6.0.4
	t.Later = append(identities(), incus)
	return t
}

// identities are the tables from LXD 5.20 on. Those that are no certificate of a client for the whole API, restricted
// or not, or for the metrics are left out: the members' own, and identities that groups give rights to (read on LXD
// 5.21.7 and 6.9).
func identities() []schema.Tables {
	before := schema.Tables{
		Table: "identities", Name: "identifier", Where: "auth_method = 1 AND type IN (1, 2, 6)",
		Columns: map[string]string{"name": "name", "certificate": "metadata"},
		Derived: map[string]string{"type": "CASE o.type WHEN 6 THEN 'metrics' ELSE 'client' END",
			"restricted": "CASE o.type WHEN 1 THEN 'true' ELSE 'false' END"},
		Joins: map[string]schema.Join{"projects": {Table: "identities_projects", Owner: "identity_id", Item: "project_id",
			Of: "projects"}},
	}
	now := before
	now.Columns = map[string]string{"name": "name"}
	now.Links = map[string]schema.Link{"certificate": {From: "identifier", Table: "certificates", Key: "fingerprint",
		Value: "certificate"}}
	now.Derived = maps.Clone(before.Derived)
	return []schema.Tables{now, before}
}

func certificateObject(e *certificateEntry) schema.Object {
	kind := e.Type
	if kind == "" {
		kind = "client"
	}
	attrs := map[string]string{"name": e.Name, "type": kind, "restricted": e.Restricted,
		"certificate": e.Certificate.Base64, "description": e.Description}
	if e.Certificate.Fingerprint != "" && e.Fingerprint != "" &&
		!strings.EqualFold(e.Fingerprint, e.Certificate.Fingerprint) {
		attrs["fingerprint"] = e.Fingerprint // of another one, for checkCertificate
	}
	o := object(schema.Ref{Kind: "certificate", Name: cmp.Or(e.Certificate.Fingerprint, strings.ToLower(e.Fingerprint))},
		e.State, attrs, nil)
	if e.Projects != nil {
		projects := slices.Sorted(slices.Values(e.Projects))
		o.Lists = map[string][]string{"projects": slices.Compact(projects)}
	}
	return o
}

func certificateNames(o schema.Object) []schema.Reference {
	return schema.Map(o.Lists["projects"],
		func(name string) schema.Reference { return inNoProject("lists.projects", schema.KindProject, name) })
}

// finishCertificate gives the certificate the form in which it is sent: LXD stores PEM, alone or in JSON, and takes
// base64.
func finishCertificate(o schema.Object) schema.Object {
	o = o.Clone()
	var identity struct{ Cert string }
	if json.Unmarshal([]byte(o.Attrs["certificate"]), &identity) == nil {
		o.Attrs["certificate"] = identity.Cert
	}
	if c := schema.ReadCertificate(o.Attrs["certificate"]); c.Base64 != "" {
		o.Attrs["certificate"] = c.Base64
	}
	return o
}

// checkCertificate refuses projects that have no effect: LXD looks at them for restricted certificates alone.
func checkCertificate(o schema.Object, _ schema.Cluster, _ schema.Product) []schema.Problem {
	name := o.Attrs["name"]
	switch {
	case o.Attrs["fingerprint"] != "":
		return []schema.Problem{schema.Wrong(schema.CodeCertificate, "attrs.fingerprint",
			"cannot use certificate "+name+": its fingerprint is another one",
			"That of the certificate is "+o.Ref.Name+".", "leave fingerprint: out")}
	case o.Attrs["certificate"] == "":
		return []schema.Problem{schema.Wrong(schema.CodeRequired, "",
			"cannot trust certificate "+name+": only its fingerprint is given",
			"A fingerprint is enough to take a certificate away, not to let one in.", "add certificate: {file: PATH}")}
	}
	if len(o.Lists["projects"]) == 0 || o.Attrs["restricted"] == "true" {
		return nil
	}
	return []schema.Problem{schema.Wrong(schema.CodeValue, "lists.projects",
		"cannot limit certificate "+o.Attrs["name"]+" to projects: it is not restricted",
		"A certificate that is not restricted may do everything in every project.",
		"add restricted: true, or remove projects:")}
}
