package kinds

import (
	"cmp"
	"strings"

	"clusterctl/schema"
)

type identityEntry struct {
	Type        string                  `yaml:"type" validate:"required,oneof=tls oidc bearer"`
	ID          string                  `yaml:"id" validate:"required_without=Certificate,excludesall=/"`
	Name        string                  `yaml:"name"`
	Certificate schema.CertificateEntry `yaml:"certificate"`
	Groups      []string                `yaml:"groups" validate:"dive,required"`
	State       string                  `yaml:"state" validate:"omitempty,oneof=present absent"`
}

const kindIdentity schema.KindName = "identity"

// methodOf is how an identity shows who it is, from its row.
const methodOf = "CASE x.auth_method WHEN 1 THEN 'tls' WHEN 2 THEN 'oidc' ELSE 'bearer' END"

// identity describes who has rights through groups, named TYPE/ID. Clients with all rights or those of projects are
// certificates; the members' own and those of cluster links are nobody's to declare (read on LXD 5.21.7 and 6.9).
func identity() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name: kindIdentity, Title: "identity", Lost: "its access", Plural: "identities", Scope: schema.ScopeCluster,
			ParentKey: "type",
			NameKey:   "id", Called: "name", Lifecycle: schema.Simple, Servers: fineGrained(), Home: schema.HomeCluster,
			AtJoin: schema.LossWarned, Path: "/1.0/auth/identities/{}",
			Attrs: []schema.Attr{{Name: "name", Once: true},
				{Name: "certificate", Shown: "tls_certificate", Once: true, Quiet: true,
					Makes: func(schema.Object) bool { return true }},
				{Name: "type", Derived: true, Unsent: true, Once: true, Quiet: true}},
			Unmade: "An OIDC identity is there once its person has logged in, the others are made with a token, which " +
				"lxc auth identity create hands out; only one with a certificate is made by clusterctl.",
			Lists: []string{"groups"}, Tables: identityTables(), Rank: 88,
		},
		Form: schema.FormOf(func(e *identityEntry) schema.Object {
			attrs := map[string]string{"name": e.Name, "certificate": e.Certificate.PEM()}
			id := cmp.Or(e.Certificate.Fingerprint, strings.ToLower(e.ID))
			if e.Type != "tls" {
				id = e.ID
			}
			return withGroups(object(schema.Ref{Kind: kindIdentity, Name: childName(e.Type, id)}, e.State, attrs, nil), e.Groups)
		}),
		Names:    authGroupsNamed,
		Internal: func(o schema.Object) bool { return identityTypes[o.Attrs["type"]] == "" },
		Finish:   finishIdentity,
	}
}

func identityTables() schema.Tables {
	before := schema.Tables{
		Table: "identities", Name: "identifier", Shown: "id", Where: "type IN (5, 7, 8, 9, 10)",
		Columns: map[string]string{"name": "name", "certificate": "metadata"},
		Derived: map[string]string{"type": strings.ReplaceAll(methodOf, "x.", "o.")},
		Joins: map[string]schema.Join{"groups": {Table: "identities_auth_groups", Owner: "identity_id",
			Item: "auth_group_id", Of: "auth_groups"}},
	}
	now := before
	now.Columns = map[string]string{"name": "name"}
	now.Links = map[string]schema.Link{"certificate": {From: "identifier", Table: "certificates", Key: "fingerprint",
		Value: "certificate"}}
	before.Later = []schema.Tables{now}
	return before
}

// identityTypes are the types of REST and those of identityTables, with the first part of the identity's path.
var identityTypes = map[string]string{
	"Client certificate": "tls", "Client certificate (pending)": "tls", "OIDC client": "oidc",
	"DevLXD token bearer": "bearer", "Client token bearer": "bearer", "tls": "tls", "oidc": "oidc", "bearer": "bearer",
}

// finishIdentity puts the type into the name. What is no certificate in the place of one, such as the secret of one
// that is pending, is left out.
func finishIdentity(o schema.Object) schema.Object {
	o = finishCertificate(o)
	o.Ref.Name = childName(identityTypes[o.Attrs["type"]], o.Ref.Name)
	delete(o.Attrs, "type")
	if pem := schema.ReadCertificate(o.Attrs["certificate"]).PEM(); pem != "" {
		o.Attrs["certificate"] = pem
	} else {
		delete(o.Attrs, "certificate")
	}
	return o
}
