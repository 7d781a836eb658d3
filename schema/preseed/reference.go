package preseed

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"clusterctl/schema"
)

// The ways to give a value that stands elsewhere.
const (
	byEnv  = "env"
	byFile = "file"
	byText = "text"
)

// reference reads {env: NAME}, {file: PATH} or {text: FILE}; how is empty for anything else.
func reference(n *node) (how, name string) {
	if n.kind != mapping || len(n.pairs) != 1 || n.pairs[0].value.kind != scalar || n.pairs[0].value.text == "" {
		return "", ""
	}
	switch p := n.pairs[0]; p.key {
	case byEnv, byFile, byText:
		return p.key, p.value.text
	}
	return "", ""
}

// secretReference reads {env: NAME} or {file: PATH}.
func secretReference(n *node) (schema.Secret, bool) {
	switch how, name := reference(n); how {
	case byEnv:
		return schema.Secret{Env: name, Pos: n.at}, true
	case byFile:
		return schema.Secret{File: name, Pos: n.at}, true
	}
	return schema.Secret{}, false
}

// referable are the paths of what says nothing of which object there is, and of what kind: it may be a secret.
var referable = regexp.MustCompile(`^(config\.|devices\..*\.|member_config\.|member_config\[\d+\]\.value$|description$)`)

// fillReferred fills a text that is given by reference; it reports whether that is one.
func (f *filling) fillReferred(path string, n *node, into reflect.Value) bool {
	how, name := reference(n)
	secret, hidden := secretReference(n)
	switch {
	case how == byText:
		text, _ := f.contents(path, name, n)
		f.fillScalar(path, &node{at: n.at, text: oneLine(text)}, into)
	case hidden && referable.MatchString(path):
		f.secrets[path] = secret
		into.SetString(schema.SecretMark(path))
	case hidden:
		f.report.errorAt(f.where(path), schema.Mistake(schema.CodeSecret, "cannot give "+path+" by {"+how+": ...}",
			"It says what there is to be, and is no secret.", "write the value itself, or {text: FILE}"))
	}
	return how != ""
}

// oneLine returns the contents of a file without the end of its line, if it has one line alone.
func oneLine(text string) string {
	if line := strings.TrimRight(text, "\r\n"); !strings.Contains(line, "\n") {
		return line
	}
	return text
}

// templateForm are words that something was to fill in: ${X}, $X, {{ x }}, {% x %}, <X>, __X__.
var templateForm = regexp.MustCompile(`\$\{[A-Za-z_][^}]*\}|\$[A-Za-z_]\w*|\{\{.*?\}\}|\{%.*?%\}|` +
	`<[A-Za-z][\w .-]*>|__[A-Z][A-Z0-9_]*__`)

// asTemplate puts one sentence in the place of all errors at lines that a template has still to make.
func asTemplate(found schema.Diagnostics) schema.Diagnostics {
	unfilled := func(d schema.Diagnostic) bool {
		return d.Severity == schema.SeverityError && templateForm.MatchString(d.Excerpt)
	}
	first := slices.IndexFunc(found, unfilled)
	if first < 0 {
		return found
	}
	one := found[first]
	one.Code, one.Summary = schema.CodeTemplate, "cannot use a template: "+templateForm.FindString(one.Excerpt)+" stands for a value"
	one.Detail, one.Hint, one.Related = "", "render it first, and give clusterctl what comes out", nil
	return append(slices.DeleteFunc(slices.Clone(found), unfilled), one).Sorted()
}

const microCloud = "microcloud preseed reads it; afterwards clusterctl export writes a preseed of what it made"

// wrappers are documents that are no preseed but have one within, or mean something like it, told by a key.
var wrappers = []struct{ key, what, hint string }{
	{"lxd", "a cloud-config of cloud-init", "give clusterctl what stands under lxd: preseed:"},
	{"incus", "a cloud-config of cloud-init", "give clusterctl what stands under incus: preseed:"},
	{"preseed", "a seed of IncusOS", "give clusterctl what stands under preseed:"},
	{"systems", "a file of MicroCloud", microCloud},
	{"lookup_subnet", "a file of MicroCloud", microCloud},
}

// wrapped reports a document that is no preseed but a known file around one.
func (r *reader) wrapped(root *node) bool {
	for _, w := range wrappers {
		for _, p := range root.pairs {
			if p.key == w.key && (p.value.kind == mapping || w.key == "systems" || w.key == "lookup_subnet") {
				r.report.errorAt(p.at, schema.Problem{Code: schema.CodeWrapped,
					Summary: "cannot use " + w.what + " as a preseed", Hint: w.hint})
				return true
			}
		}
	}
	return false
}

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
