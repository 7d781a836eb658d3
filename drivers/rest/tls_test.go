package rest_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"clusterctl/drivers"
	"clusterctl/drivers/rest"
)

// keyPair returns a self-signed certificate and its key in PEM, like those LXD makes.
func keyPair(t *testing.T) (certificate, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: raw})
}

// serveTLS starts a server that asks for a client certificate and answers whether it got one; it returns the PEM of
// its own certificate.
func serveTLS(t *testing.T) (address, certificate string) {
	t.Helper()
	crt, key := keyPair(t)
	pair, err := tls.X509KeyPair(crt, key)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := http.StatusForbidden
		if len(r.TLS.PeerCertificates) > 0 {
			status = http.StatusOK
		}
		answer(status, `{"type":"sync","metadata":{}}`)(w, r)
	}))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert}
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of the handshakes that are refused on purpose
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String(), string(crt)
}

func call(t *testing.T, address string, config *tls.Config) error {
	t.Helper()
	c := rest.New(rest.Config{Member: "m2", URL: "https://" + address, TLS: config})
	t.Cleanup(c.CloseIdleConnections)
	_, err := c.Do(t.Context(), drivers.Call{Method: "GET", Path: "/1.0"})
	return err
}

func TestPinnedCertificateIsAccepted(t *testing.T) {
	t.Parallel()
	address, certificate := serveTLS(t)
	fingerprint, err := rest.Fingerprint(certificate)
	if err != nil {
		t.Fatal(err)
	}
	client, err := rest.ClientCertificate(keyPair(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, pin := range []string{certificate, strings.ReplaceAll(certificate, "\n", "\r\n") + " ", fingerprint, strings.ToUpper(fingerprint)} {
		if err := call(t, address, rest.PinnedTLS(client, pin)); err != nil {
			t.Errorf("pin %.30s: %v", pin, err)
		}
	}
	if err := call(t, address, rest.PinnedTLS(nil, fingerprint)); !drivers.Is(err, drivers.Denied) {
		t.Errorf("without a client certificate: got %v", err)
	}
}

func TestAnotherCertificateIsRefused(t *testing.T) {
	t.Parallel()
	address, certificate := serveTLS(t)
	other, _ := keyPair(t)
	found, _ := rest.Fingerprint(certificate)
	want, _ := rest.Fingerprint(string(other))
	err := call(t, address, rest.PinnedTLS(nil, string(other)))
	text := "m2: GET /1.0: verifying the server's certificate: expected fingerprint " + want + ", found " + found
	if !drivers.Is(err, drivers.Certificate) || err.Error() != text {
		t.Errorf("got %v, want %s", err, text)
	}
	for _, pin := range []string{"", "abc", "-----BEGIN CERTIFICATE-----\n..."} {
		if err := call(t, address, rest.PinnedTLS(nil, pin)); !drivers.Is(err, drivers.Certificate) {
			t.Errorf("pin %q: got %v", pin, err)
		}
	}
	if err := call(t, address, nil); !drivers.Is(err, drivers.Certificate) {
		t.Errorf("unknown authority: got %v", err)
	}
}

func TestClientCertificateErrorsQuoteNoKey(t *testing.T) {
	t.Parallel()
	certificate, _ := keyPair(t)
	_, key := keyPair(t)
	for _, pair := range [][2][]byte{{certificate, key}, {certificate, []byte("MHcCAQEE")}, {nil, key}} {
		_, err := rest.ClientCertificate(pair[0], pair[1])
		if err == nil || strings.Contains(err.Error(), "MHcCAQEE") {
			t.Errorf("got %v", err)
		}
	}
}
