package schema

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
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

// CertificateFault says in a sentence why MendPEM finds no certificate in a text.
func CertificateFault(text string) string {
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

// Fingerprint returns the SHA-256 of the first certificate in a PEM text as lower-case hex, "" for none. Two
// texts of the same certificate may differ in white space; compare fingerprints.
func Fingerprint(certificate string) string {
	block, _ := pem.Decode([]byte(certificate))
	if block == nil {
		return ""
	}
	return FingerprintDER(block.Bytes)
}

// FingerprintDER returns the SHA-256 of a certificate in DER form as lower-case hex.
func FingerprintDER(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// CertificateEntry is a certificate in PEM, in base64 as LXD's API takes it, or {file: PATH}.
type CertificateEntry struct {
	// Base64 is the DER form in base64 on one line, Fingerprint its SHA-256 in lower-case hex.
	Base64, Fingerprint string
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
	return CertificateEntry{Base64: base64.StdEncoding.EncodeToString(der), Fingerprint: FingerprintDER(der)}
}

// PEM returns the certificate in PEM; empty for the zero entry.
func (e CertificateEntry) PEM() string {
	der, err := base64.StdEncoding.DecodeString(e.Base64)
	if err != nil || len(der) == 0 {
		return ""
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
