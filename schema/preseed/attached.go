package preseed

import (
	"cmp"

	"clusterctl/schema"
)

// attachments are the files that the caller has read, and those that the input names.
type attachments struct {
	given  map[string]schema.Attachment
	wanted []schema.Attachment
}

func newAttachments(given []schema.Attachment) *attachments {
	a := &attachments{given: map[string]schema.Attachment{}}
	for _, file := range given {
		a.given[file.Path] = file
	}
	return a
}

// get returns the file; known is false while the caller has not been told that it is needed.
func (a *attachments) get(path string, text bool, at schema.Position) (file schema.Attachment, known bool) {
	a.wanted = append(a.wanted, schema.Attachment{Path: path, Text: text, Pos: at})
	file, known = a.given[path]
	return file, known
}

// fillFile notes that the caller has to read the file.
func (f *filling) fillFile(path string, n *node, e *schema.FileEntry) {
	if n.null || !f.want(path, n, scalar) || n.text == "" {
		return
	}
	file, _ := f.files.get(n.text, false, n.at)
	*e = schema.FileEntry{Path: n.text, SHA256: file.SHA256}
	if file.Fault != "" {
		f.report.warningAt(f.where(path), problem{
			code: schema.CodeFile, summary: "cannot read " + n.text,
			detail: "It is not known whether the cluster has the same: " + file.Fault + ".", hint: "run clusterctl where the file is",
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
		file, known := f.files.get(reference.File, true, n.at)
		if !known {
			return // the caller reads it and comes back
		}
		if file.Fault != "" {
			f.report.errorAt(f.where(path), problem{code: schema.CodeFile, summary: "cannot read " + reference.File, detail: file.Fault + ".",
				hint: "give the path of a certificate in PEM as seen from the current directory"})
			return
		}
		*e = schema.ReadCertificate(string(file.Content))
	case !f.want(path, n, scalar):
		return
	default:
		*e = schema.ReadCertificate(n.text)
	}
	if e.Fingerprint == "" {
		f.report.errorAt(f.where(path), problem{code: schema.CodeCertificate, summary: "cannot use " + path + ": it is no certificate",
			detail: "A certificate is a block that begins with BEGIN CERTIFICATE, or its contents in base64.",
			hint:   cmp.Or(placeholderHint(n.text), "write it as a block (certificate: |), or {file: PATH}")})
	}
}

func (f *filling) fillTextOrMap(path string, n *node, e *schema.TextOrMap) {
	if n.kind == mapping {
		f.fill(path, n, reflectOf(&e.Map))
		return
	}
	f.fill(path, n, reflectOf(&e.Text))
}
