package kinds

import (
	"cmp"
	"encoding/json"
	"strings"

	"clusterctl/schema"
)

// completeCertificate names the certificate by its fingerprint. That of another one stays, for checkCertificate.
func completeCertificate(said map[string]string) {
	given, own := said["fingerprint"], schema.ReadCertificate(said["certificate"]).Fingerprint
	said["-"], said["type"] = cmp.Or(own, strings.ToLower(given)), cmp.Or(said["type"], "client")
	if own == "" || strings.EqualFold(own, given) {
		delete(said, "fingerprint")
	}
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

// methodOf is how an identity shows who it is, from its row.
const methodOf = "CASE x.auth_method WHEN 1 THEN 'tls' WHEN 2 THEN 'oidc' ELSE 'bearer' END"

// completeIdentity names clients by the fingerprints of their certificates.
func completeIdentity(said map[string]string) {
	certificate := schema.ReadCertificate(said["certificate"])
	said["certificate"] = certificate.PEM()
	if said["type"] == "tls" {
		said["id"] = cmp.Or(certificate.Fingerprint, strings.ToLower(said["id"]))
	}
}

// identityTypes are the types of REST and those of its tables, with the first part of the identity's path.
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

func authGroupNames(o schema.Object) []schema.Reference {
	var out []schema.Reference
	for _, p := range items[permission](o, "permissions") {
		if ref := p.object(); ref.Kind != "" && ref != o.Ref {
			out = append(out, schema.Reference{Field: "attrs.permissions", Ref: ref})
		}
	}
	return out
}

// finishAuthGroup gives the permissions their form.
func finishAuthGroup(o schema.Object) schema.Object {
	return compared(o, "permissions", func(row []string) (permission, bool) {
		p := permissionOf(row)
		return p, p.EntityType != ""
	}, permissionForms)
}

func checkAuthGroup(o schema.Object, _ schema.Cluster, _ schema.Product) []schema.Problem {
	var out []schema.Problem
	for _, p := range items[permission](o, "permissions") {
		if fault, hint := p.fault(); fault != "" && p.EntityType != "" {
			out = append(out, schema.Wrong(schema.CodeValue, "attrs.permissions",
				"cannot give group "+o.Ref.Name+" "+p.Entitlement+" on "+p.EntityType+" "+p.URL, fault, hint))
		}
	}
	return out
}
