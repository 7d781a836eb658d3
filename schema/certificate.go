package schema

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"regexp"
	"strings"
)

var pemBlock = regexp.MustCompile(`(?s)-----BEGIN CERTIFICATE-----(.*?)-----END\s*CERTIFICATE-----`)

// MendPEM returns certificates as well-formed PEM. YAML folds the lines of a quoted text into one with
// spaces, or leaves empty lines between them; both are mended. ok is false when the text holds no certificate.
func MendPEM(text string) (mended string, ok bool) {
	var out strings.Builder
	for _, block := range pemBlock.FindAllStringSubmatch(text, -1) {
		body := strings.Join(strings.Fields(block[1]), "")
		out.WriteString("-----BEGIN CERTIFICATE-----\n")
		for len(body) > 64 {
			out.WriteString(body[:64] + "\n")
			body = body[64:]
		}
		if body != "" {
			out.WriteString(body + "\n")
		}
		out.WriteString("-----END CERTIFICATE-----\n")
	}
	first, _ := pem.Decode([]byte(out.String()))
	if first == nil {
		return "", false
	}
	_, err := x509.ParseCertificate(first.Bytes)
	return out.String(), err == nil
}

// Fingerprint returns the SHA-256 of the first certificate in a PEM text as lower-case hex, "" for none. Two
// texts of the same certificate may differ in white space; compare fingerprints.
func Fingerprint(certificate string) string {
	block, _ := pem.Decode([]byte(certificate))
	if block == nil {
		return ""
	}
	sum := sha256.Sum256(block.Bytes)
	return hex.EncodeToString(sum[:])
}

// certificate returns the mended certificate of a join document, "" with a report when it is none.
func (d *decoder) certificate(doc *document) string {
	text, at := doc.cluster.Certificate, doc.fill.where("cluster_certificate")
	mended, ok := MendPEM(text)
	switch {
	case ok:
		return mended
	case strings.Contains(text, elision):
		// said where the line is
	case strings.Contains(text, "..."):
		d.report.errorAt(at, elidedCertificate())
	default:
		d.report.errorAt(at, problem{
			code: CodeCertificate, summary: "cannot use cluster_certificate: it is no certificate in PEM",
			detail: certificateFault(text),
			hint:   "put in the contents of cluster.crt of a member as a block (cluster_certificate: |), or leave the key out: it is then asked for",
		})
	}
	return ""
}

func certificateFault(text string) string {
	switch {
	case !strings.Contains(text, "-----BEGIN"):
		return "The line -----BEGIN CERTIFICATE----- is missing."
	case !strings.Contains(text, "-----END"):
		return "The line -----END CERTIFICATE----- is missing."
	case !pemBlock.MatchString(text):
		return "There is no block that begins with BEGIN CERTIFICATE and ends with END CERTIFICATE."
	case len(strings.Fields(pemBlock.FindStringSubmatch(text)[1])) == 0:
		return "There is nothing between its first and last line."
	}
	return "What stands between its first and last line is not a certificate; is it whole?"
}
