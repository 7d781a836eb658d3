package rest

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// TLS returns a configuration that accepts the server certificates, by fingerprint, that accept lets pass, whatever
// names they carry. cert is the client's own and may be nil.
func TLS(cert *tls.Certificate, accept func(fingerprint string) error) *tls.Config {
	c := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, // VerifyConnection below does the verification
		VerifyConnection: func(state tls.ConnectionState) error {
			found := "none"
			if len(state.PeerCertificates) > 0 {
				found = schema.FingerprintDER(state.PeerCertificates[0].Raw)
			}
			if err := accept(found); err != nil {
				return &drivers.Error{Kind: drivers.Certificate, Op: "verifying the server's certificate", Err: err}
			}
			return nil
		},
	}
	if cert != nil {
		// Always this one: the daemon asks for any certificate and names no authorities.
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert, nil }
	}
	return c
}

// PinnedTLS is [TLS] for exactly one server certificate: the one whose PEM or SHA-256 fingerprint (hex, colons
// allowed) is given. A connection to another server fails with a *drivers.Error of kind Certificate that names both
// fingerprints; so does every connection when the pin itself is neither form.
func PinnedTLS(cert *tls.Certificate, pin string) *tls.Config {
	want, pinErr := pinned(pin)
	return TLS(cert, func(found string) error {
		if pinErr == nil && found != want {
			return fmt.Errorf("expected fingerprint %s, found %s", want, found)
		}
		return pinErr
	})
}

func pinned(pin string) (string, error) {
	if strings.Contains(pin, "-----BEGIN") {
		return Fingerprint(pin)
	}
	plain := strings.ToLower(strings.ReplaceAll(strings.TrimSpace(pin), ":", ""))
	if b, err := hex.DecodeString(plain); err != nil || len(b) != sha256.Size {
		return "", errors.New("the pinned certificate is neither PEM nor a SHA-256 fingerprint of 64 hex digits")
	}
	return plain, nil
}

// Fingerprint returns the SHA-256 of a certificate in PEM in lower-case hex.
func Fingerprint(text string) (string, error) {
	if c := schema.ReadCertificate(text); c.Fingerprint != "" {
		return c.Fingerprint, nil
	}
	return "", errors.New("there is no certificate in PEM form")
}

// ClientCertificate returns the client certificate of two PEM texts. Its errors quote neither.
func ClientCertificate(certificate, key []byte) (*tls.Certificate, error) {
	cert, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return nil, fmt.Errorf("reading the client certificate and its key: %w", err)
	}
	return &cert, nil
}
