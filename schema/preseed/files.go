package preseed

import (
	"cmp"
	"fmt"
	"strings"

	"clusterctl/schema"
)

// file returns a file of this machine that the text at n names, and reports one that must not be read; known is false
// when nobody reads files, or that one.
func (f *filling) file(path string, n *node, whole bool) (file File, known bool) {
	if f.open == nil {
		return File{}, false
	}
	name := fmt.Sprint(whole, n.at.File, "\x00", path)
	if _, known = f.opened[name]; !known {
		f.opened[name] = f.open(n.at.File, path, whole)
	}
	if file = f.opened[name]; file.Outside {
		f.report.errorAt(n.at, OutsideProblem(path))
	}
	return file, !file.Outside
}

// OutsideProblem says that a file must not name that other one.
func OutsideProblem(path string) schema.Problem {
	return schema.Mistake(schema.CodeOutside,
		"cannot read "+path+": it is not below the folder of the file that names it",
		"Whoever writes a preseed could have any file of this machine read.",
		"move it there, or add --allow-outside if you trust this preseed")
}

// fillFile reads the path of a file whose contents stay where they are.
func (f *filling) fillFile(path string, n *node, e *schema.FileEntry) {
	if n.null || !f.want(path, n, scalar) || n.text == "" {
		return
	}
	file, _ := f.file(n.text, n, false)
	*e = schema.FileEntry{Path: cmp.Or(file.Path, n.text), SHA256: file.SHA256}
	if file.Fault != "" {
		f.report.warningAt(f.where(path), schema.Mistake(schema.CodeFile, "cannot read "+n.text,
			"It is not known whether the cluster has the same: "+file.Fault+".",
			"run clusterctl where the file is; its path counts from the folder of this preseed"))
	}
}

// contents returns what is in a file that stands for a value. One that cannot be read is an error.
func (f *filling) contents(path, name string, n *node) (text string, known bool) {
	file, known := f.file(name, n, true)
	if known && file.Fault != "" {
		f.report.errorAt(f.where(path), schema.Problem{Code: schema.CodeFile, Summary: "cannot read " + name,
			Detail: file.Fault + ".", Hint: "give its path as seen from the folder of this preseed"})
	}
	return string(file.Content), known && file.Fault == ""
}

// fillCertificate reads a certificate, or the file that has it.
func (f *filling) fillCertificate(path string, n *node, e *schema.CertificateEntry) {
	how, name := reference(n)
	switch {
	case n.null:
		return
	case how == byFile || how == byText:
		text, known := f.contents(path, name, n)
		if !known {
			return
		}
		*e = schema.ReadCertificate(text)
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
		j.report.errorAt(at, schema.Mistake(schema.CodeCertificate,
			"cannot use cluster_certificate: it is no certificate in PEM", schema.CertificateFault(text),
			"put in the contents of cluster.crt of a member as a block (cluster_certificate: |), or leave the key out: it is then asked for"))
	}
	return ""
}
