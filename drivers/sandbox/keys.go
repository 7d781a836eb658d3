package sandbox

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/crypto/ssh"

	"clusterctl/schema"
)

// keyPair is a certificate with its key.
type keyPair struct {
	certPEM, keyPEM []byte
	tls             tls.Certificate
}

// fingerprint returns the SHA-256 of the certificate in hex, as LXD spells it.
func (k *keyPair) fingerprint() string { return schema.FingerprintDER(k.tls.Certificate[0]) }

// newKeyPair makes a self-signed certificate as LXD's are: for the name and loopback only, ten years long, so that
// clients have to pin it.
func newKeyPair(name string) (*keyPair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: serial,
		Subject:   pkix.Name{Organization: []string{"linuxcontainers.org"}, CommonName: "root@" + name},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().AddDate(10, 0, 0),
		KeyUsage:    x509.KeyUsageKeyEncipherment | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
		DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return readKeyPair(certificatePEM(der), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}))
}

func certificatePEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func readKeyPair(certPEM, keyPEM []byte) (*keyPair, error) {
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	return &keyPair{certPEM: certPEM, keyPEM: keyPEM, tls: pair}, err
}

// parseCertificate reads a PEM text; it returns the DER bytes, nil if there is no certificate in it.
func parseCertificate(text string) []byte {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil
	}
	if _, err := x509.ParseCertificate(block.Bytes); err != nil {
		return nil
	}
	return block.Bytes
}

// write puts the pair into name.crt and name.key of the folder.
func (k *keyPair) write(dir, name string) error {
	if dir == "" {
		return nil // in memory alone
	}
	return errors.Join(os.WriteFile(filepath.Join(dir, name+".crt"), k.certPEM, 0o600),
		os.WriteFile(filepath.Join(dir, name+".key"), k.keyPEM, 0o600))
}

// loadKeyPair reads name.crt and name.key of the folder; nil without error when they are not there.
func loadKeyPair(dir, name string) (*keyPair, error) {
	certPEM, err := os.ReadFile(filepath.Join(dir, name+".crt"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	keyPEM, missing := os.ReadFile(filepath.Join(dir, name+".key"))
	if err = errors.Join(err, missing); err != nil {
		return nil, err
	}
	pair, err := readKeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, fmt.Errorf("reading %s.crt and %[1]s.key: %w", filepath.Join(dir, name), err)
	}
	return pair, nil
}

// ownKeyPair is loadKeyPair for a pair that is made when it is missing.
func ownKeyPair(dir, name, host string) (*keyPair, error) {
	pair, err := loadKeyPair(dir, name)
	if pair != nil || err != nil {
		return pair, err
	}
	if pair, err = newKeyPair(host); err == nil {
		err = pair.write(dir, name)
	}
	return pair, err
}

// sshKey returns the SSH key in the file, and makes it when it is missing; the public half goes beside it.
func sshKey(path string) (ed25519.PrivateKey, error) {
	if raw, err := os.ReadFile(path); err == nil {
		key, err := ssh.ParseRawPrivateKey(raw)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
		if key, ok := key.(*ed25519.PrivateKey); ok {
			return *key, nil
		}
		return nil, fmt.Errorf("reading %s: not an ed25519 key", path)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	block, err := ssh.MarshalPrivateKey(key, "sandbox")
	if err != nil {
		return nil, err
	}
	public, err := publicKey(key)
	if err != nil {
		return nil, err
	}
	return key, errors.Join(os.WriteFile(path, pem.EncodeToMemory(block), 0o600), os.WriteFile(path+".pub", public, 0o600))
}

// publicKey returns the line of an authorized_keys file.
func publicKey(key ed25519.PrivateKey) ([]byte, error) {
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	return ssh.MarshalAuthorizedKey(public), nil
}
