package schema

import (
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
)

// Attachment is a file of this machine that a preseed names. Decode says in Preseed.Attachments which it needs; the
// caller reads them and decodes again. With Text the contents are needed, else only the checksum.
type Attachment struct {
	Path string
	Text bool
	// Content is the file's contents, for Text.
	Content []byte
	// SHA256 is the checksum in lower-case hex.
	SHA256 string
	// Fault says why the file could not be read; empty when it could.
	Fault string
	Pos   Position
}

// attachments are the files that the caller has read, and those that the input names.
type attachments struct {
	given  map[string]Attachment
	wanted []Attachment
}

func newAttachments(given []Attachment) *attachments {
	a := &attachments{given: map[string]Attachment{}}
	for _, file := range given {
		a.given[file.Path] = file
	}
	return a
}

// get returns the file; known is false while the caller has not been told that it is needed.
func (a *attachments) get(path string, text bool, at Position) (file Attachment, known bool) {
	a.wanted = append(a.wanted, Attachment{Path: path, Text: text, Pos: at})
	file, known = a.given[path]
	return file, known
}

// FileEntry is the path of a file whose contents stay where they are, such as an image. SHA256 is empty while the file
// has not been read, or cannot be.
type FileEntry struct{ Path, SHA256 string }

func (e *FileEntry) fillFrom(f *filling, path string, n *node) {
	if n.null || !f.want(path, n, scalar) || n.text == "" {
		return
	}
	file, _ := f.files.get(n.text, false, n.at)
	*e = FileEntry{Path: n.text, SHA256: file.SHA256}
	if file.Fault != "" {
		f.report.warningAt(f.where(path), problem{
			code: CodeFile, summary: "cannot read " + n.text,
			detail: "It is not known whether the cluster has the same: " + file.Fault + ".", hint: "run clusterctl where the file is",
		})
	}
}

// CertificateEntry is a certificate in PEM, in base64 as LXD's API takes it, or {file: PATH}.
type CertificateEntry struct {
	// Base64 is the DER form in base64 on one line, Fingerprint its SHA-256 in lower-case hex.
	Base64, Fingerprint string
}

func (e *CertificateEntry) fillFrom(f *filling, path string, n *node) {
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
			f.report.errorAt(f.where(path), problem{code: CodeFile, summary: "cannot read " + reference.File, detail: file.Fault + ".",
				hint: "give the path of a certificate in PEM as seen from the current directory"})
			return
		}
		*e = ReadCertificate(string(file.Content))
	case !f.want(path, n, scalar):
		return
	default:
		*e = ReadCertificate(n.text)
	}
	if e.Fingerprint == "" {
		f.report.errorAt(f.where(path), problem{code: CodeCertificate, summary: "cannot use " + path + ": it is no certificate",
			detail: "A certificate is a block that begins with BEGIN CERTIFICATE, or its contents in base64.",
			hint:   cmp.Or(placeholderHint(n.text), "write it as a block (certificate: |), or {file: PATH}")})
	}
}

// ReadCertificate reads a certificate in PEM or base64; the zero entry is for any other text.
func ReadCertificate(text string) CertificateEntry {
	der, err := base64.StdEncoding.DecodeString(text)
	if mended, ok := MendPEM(text); ok {
		block, _ := pem.Decode([]byte(mended))
		der, err = block.Bytes, nil
	}
	if err != nil {
		return CertificateEntry{}
	}
	if _, err := x509.ParseCertificate(der); err != nil {
		return CertificateEntry{}
	}
	sum := sha256.Sum256(der)
	return CertificateEntry{Base64: base64.StdEncoding.EncodeToString(der), Fingerprint: hex.EncodeToString(sum[:])}
}

// PEM returns the certificate in PEM; empty for the zero entry.
func (e CertificateEntry) PEM() string {
	der, err := base64.StdEncoding.DecodeString(e.Base64)
	if err != nil || len(der) == 0 {
		return ""
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// TextOrMap is a value that has a short form, a text, beside the long one.
type TextOrMap struct {
	Text string
	Map  map[string]string
}

func (e *TextOrMap) fillFrom(f *filling, path string, n *node) {
	if n.kind == mapping {
		f.fill(path, n, reflectOf(&e.Map))
		return
	}
	f.fill(path, n, reflectOf(&e.Text))
}
