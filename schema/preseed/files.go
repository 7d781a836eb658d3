package preseed

import (
	"cmp"
	"fmt"
	"strings"

	"clusterctl/schema"
)

// file returns a file of this machine; known is false when nobody reads files.
func (r *reader) file(path string, whole bool) (file File, known bool) {
	if r.open == nil {
		return File{}, false
	}
	name := fmt.Sprint(whole, path)
	if _, known = r.opened[name]; !known {
		r.opened[name] = r.open(path, whole)
	}
	return r.opened[name], true
}

// fillFile reads the path of a file whose contents stay where they are.
func (f *filling) fillFile(path string, n *node, e *schema.FileEntry) {
	if n.null || !f.want(path, n, scalar) || n.text == "" {
		return
	}
	file, _ := f.file(n.text, false)
	*e = schema.FileEntry{Path: n.text, SHA256: file.SHA256}
	if file.Fault != "" {
		f.report.warningAt(f.where(path), schema.Problem{
			Code: schema.CodeFile, Summary: "cannot read " + n.text,
			Detail: "It is not known whether the cluster has the same: " + file.Fault + ".",
			Hint:   "run clusterctl where the file is",
		})
	}
}

// fillCertificate reads a certificate, or the file that has it.
func (f *filling) fillCertificate(path string, n *node, e *schema.CertificateEntry) {
	reference, byFile := f.reference(n)
	switch {
	case n.null:
		return
	case byFile && reference.File != "":
		file, known := f.file(reference.File, true)
		if !known {
			return
		}
		if file.Fault != "" {
			f.report.errorAt(f.where(path), schema.Problem{Code: schema.CodeFile, Summary: "cannot read " + reference.File,
				Detail: file.Fault + ".",
				Hint:   "give the path of a certificate in PEM as seen from the current directory"})
			return
		}
		*e = schema.ReadCertificate(string(file.Content))
	case !f.want(path, n, scalar):
		return
	default:
		*e = schema.ReadCertificate(n.text)
	}
	if e.Fingerprint == "" {
		f.report.errorAt(f.where(path),
			schema.Problem{Code: schema.CodeCertificate, Summary: "cannot use " + path + ": it is no certificate",
				Detail: "A certificate is a block that begins with BEGIN CERTIFICATE, or its contents in base64.",
				Hint:   cmp.Or(placeholderHint(n.text), "write it as a block (certificate: |), or {file: PATH}")})
	}
}

func (f *filling) fillTextOrMap(path string, n *node, e *schema.TextOrMap) {
	if n.kind == mapping {
		f.fill(path, n, reflectOf(&e.Map))
		return
	}
	f.fill(path, n, reflectOf(&e.Text))
}

// certificate returns the mended certificate of a join document, "" with a report when it is none.
func (j *judge) certificate(doc *document) string {
	text, at := doc.cluster.entry.Certificate, doc.cluster.fill.where("cluster_certificate")
	mended, ok := schema.MendPEM(text)
	switch {
	case ok:
		return mended
	case strings.Contains(text, elision):
		// said where the line is
	case strings.Contains(text, "..."):
		j.report.errorAt(at, elidedCertificate())
	default:
		j.report.errorAt(at, schema.Problem{
			Code: schema.CodeCertificate, Summary: "cannot use cluster_certificate: it is no certificate in PEM",
			Detail: schema.CertificateFault(text),
			Hint:   "put in the contents of cluster.crt of a member as a block (cluster_certificate: |), or leave the key out: it is then asked for",
		})
	}
	return ""
}
