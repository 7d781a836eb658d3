package remote_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"clusterctl/drivers"
	"clusterctl/drivers/remote"
	"clusterctl/drivers/rest"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

const password = "sekret"

// daemon is a pretended daemon: GET /1.0, the trust store, and a PUT /1.0/cluster that changes its certificate.
type daemon struct {
	*httptest.Server

	mu          sync.Mutex
	certificate tls.Certificate
	next        tls.Certificate // shown once it is clustered
	clustered   bool
	trusted     bool
	silent      bool // clustered, and does not say so to connections that were there before
	introduced  int
}

func newDaemon(t *testing.T) *daemon {
	t.Helper()
	d := &daemon{certificate: newCertificate(t), next: newCertificate(t), trusted: true}
	d.Server = httptest.NewUnstartedServer(d)
	d.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(d.Close)
	return d
}

func (d *daemon) overHTTPS() *daemon {
	d.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		d.mu.Lock()
		defer d.mu.Unlock()
		return &tls.Config{ClientAuth: tls.RequestClientCert, Certificates: []tls.Certificate{d.certificate}}, nil
	}}
	d.StartTLS()
	return d
}

// overUnix serves at a socket and returns its path.
func (d *daemon) overUnix(t *testing.T) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "unix.socket")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	_ = d.Listener.Close() // the one that httptest made
	d.Listener = listener
	d.Start()
	return socket
}

func (d *daemon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	metadata := map[string]any{}
	switch r.Method + " " + r.URL.Path {
	case "GET /1.0":
		metadata["auth"] = "untrusted"
		if d.trusted {
			metadata["auth"] = "trusted"
			metadata["environment"] = map[string]any{"server_clustered": d.clustered && !d.silent, "certificate": d.pem()}
		}
	case "POST /1.0/certificates":
		var body struct{ Password string }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || !strings.Contains(body.Password, password) &&
			body.Password != token(d) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"type":"error","error_code":403,"error":"not authorized"}`)
			return
		}
		d.trusted = true
		d.introduced++
	case "PUT /1.0/cluster":
		d.clustered, d.certificate = true, d.next
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "sync", "status_code": 200, "metadata": metadata})
}

func (d *daemon) pem() string { return pemOf(d.certificate) }

func pemOf(c tls.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}))
}

func fingerprintOf(t *testing.T, c tls.Certificate) string {
	t.Helper()
	f, err := rest.Fingerprint(pemOf(c))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// token is a certificate token as the daemon makes them. It is called under the daemon's lock.
func token(d *daemon) string {
	pin, _ := rest.Fingerprint(d.pem())
	text, _ := json.Marshal(map[string]string{"fingerprint": pin, "secret": "once"})
	return base64.StdEncoding.EncodeToString(text)
}

func newCertificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// clientFiles returns the paths of a client certificate and its key.
func clientFiles(t *testing.T) (certificate, key string) {
	t.Helper()
	c := newCertificate(t)
	private, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	certificate, key = filepath.Join(folder, "client.crt"), filepath.Join(folder, "client.key")
	for name, text := range map[string][]byte{
		certificate: []byte(pemOf(c)),
		key:         pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
	} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key
}

// cluster opens members m1, m2, ... with these connections; secrets are by name.
func cluster(t *testing.T, connections ...schema.Connection) *remote.Cluster {
	t.Helper()
	var members []schema.Member
	for i, c := range connections {
		members = append(members, schema.Member{Name: fmt.Sprintf("m%d", i+1), Address: "192.0.2.1:8443", Connection: c})
	}
	c := remote.Open(remote.Config{Members: members, Registry: kinds.Registry(), Timeout: 5 * time.Second})
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func unix(socket string) schema.Connection {
	return schema.Connection{Unix: &schema.Unix{Socket: socket}}
}

func get(t *testing.T, api drivers.API) error {
	t.Helper()
	_, err := api.Do(t.Context(), drivers.Call{Method: "GET", Path: "/1.0"})
	return err
}

func TestCertificateIsPinned(t *testing.T) {
	t.Parallel()
	d := newDaemon(t).overHTTPS()
	found := fingerprintOf(t, d.certificate)
	for name, c := range map[string]struct {
		fingerprint string
		text        string // of the error; empty for none
	}{
		"right":      {found, ""},
		"upper case": {strings.ToUpper(found), ""},
		"missing":    {"", "a certificate that is not known; if " + found},
		"other":      {strings.Repeat("0", 64), "another certificate than the preseed says"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c2 := cluster(t, schema.Connection{HTTPS: &schema.HTTPS{URL: d.URL, Fingerprint: c.fingerprint}})
			api, err := c2.API(t.Context(), "m1")
			if err == nil {
				err = get(t, api)
			}
			if c.text == "" && err != nil || c.text != "" && (!drivers.Is(err, drivers.Certificate) ||
				!strings.Contains(err.Error(), c.text)) {
				t.Errorf("got %v, want %q", err, c.text)
			}
		})
	}
}

// TestLookingIntroducesNobody sends no secret to a server that does not trust this client.
func TestLookingIntroducesNobody(t *testing.T) {
	t.Parallel()
	certificate, key := clientFiles(t)
	d := newDaemon(t).overHTTPS()
	d.trusted = false
	c := cluster(t, schema.Connection{HTTPS: &schema.HTTPS{URL: d.URL, Fingerprint: fingerprintOf(t, d.certificate),
		Password: "p", Certificate: certificate, Key: key}})
	_, err := c.Read(t.Context())
	var nobody *drivers.NobodyError
	if !errors.As(err, &nobody) || !drivers.Is(err, drivers.Denied) || !nobody.Hosts["m1"].Untrusted {
		t.Errorf("got %v, want that nobody trusts this client", err)
	}
	api, err := c.API(t.Context(), "m1")
	if err != nil {
		t.Fatal(err)
	}
	_, err = api.Do(drivers.Looking(t.Context()), drivers.Call{Method: "POST", Path: "/1.0/certificates",
		Body: map[string]string{"password": password}})
	if !drivers.Is(err, drivers.Invalid) || d.introduced != 0 {
		t.Errorf("introduced %d times while looking: %v", d.introduced, err)
	}
}

func TestBootstrapChangesTheCertificate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		silent bool
		kind   drivers.Kind
	}{
		"the same server vouches for it": {false, ""},
		"nobody vouches for the new one": {true, drivers.Certificate},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDaemon(t).overHTTPS()
			d.silent = c.silent
			connections := cluster(t, schema.Connection{HTTPS: &schema.HTTPS{URL: d.URL, Fingerprint: fingerprintOf(t,
				d.certificate)}})
			api, err := connections.API(t.Context(), "m1")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := api.Do(t.Context(), drivers.Call{Method: "PUT", Path: "/1.0/cluster",
				Body: map[string]any{"enabled": true}}); err != nil {
				t.Fatal(err)
			}
			connections.DropConnections()
			if err := get(t, api); drivers.KindOf(err) != c.kind {
				t.Errorf("got %v, want kind %v", err, c.kind)
			}
		})
	}
}

func TestAnotherMemberVouchesForTheCertificate(t *testing.T) {
	t.Parallel()
	first, joiner := newDaemon(t), newDaemon(t).overHTTPS()
	joiner.silent = true // as during a join
	first.clustered, first.certificate = true, joiner.next
	old := fingerprintOf(t, joiner.certificate)
	c := cluster(t, unix(first.overUnix(t)), schema.Connection{HTTPS: &schema.HTTPS{URL: joiner.URL, Fingerprint: old}})
	api, err := c.API(t.Context(), "m2")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := api.Do(t.Context(), drivers.Call{Method: "PUT", Path: "/1.0/cluster"}); err != nil {
		t.Fatal(err)
	}
	c.DropConnections()
	if err := get(t, api); err != nil {
		t.Errorf("got %v, want the cluster's certificate to be accepted", err)
	}
}

func TestAnyMemberIsOneOfTheCluster(t *testing.T) {
	t.Parallel()
	alone, first, second := newDaemon(t), newDaemon(t), newDaemon(t)
	first.clustered, second.clustered = true, true
	c := cluster(t, unix(alone.overUnix(t)), unix("/nowhere/unix.socket"), unix(first.overUnix(t)),
		unix(second.overUnix(t)))
	api, err := c.API(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := get(t, api); err != nil {
		t.Fatal(err)
	}
	first.CloseClientConnections()
	first.Close()
	if err := get(t, api); !drivers.Is(err, drivers.Unreachable) {
		t.Errorf("got %v from the member that went, want unreachable", err)
	}
	if err := get(t, api); err != nil {
		t.Errorf("got %v, want an answer of the other member", err)
	}
}

func TestNobodyIsClustered(t *testing.T) {
	t.Parallel()
	_, err := cluster(t, unix(newDaemon(t).overUnix(t))).API(t.Context(), "")
	if want := "looking for a member of the cluster: no member of the preseed is part of a cluster"; !drivers.Is(err,
		drivers.Unreachable) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestUnknownMember(t *testing.T) {
	t.Parallel()
	_, err := cluster(t).API(t.Context(), "m9")
	if want := "m9: connecting: the preseed does not say how to reach it"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestReadNamesAllFaults(t *testing.T) {
	t.Parallel()
	_, err := cluster(t, unix("/nowhere/unix.socket"), unix("/elsewhere/unix.socket")).Read(t.Context())
	if !drivers.Is(err, drivers.Unreachable) || !strings.Contains(err.Error(), "m1: ") ||
		!strings.Contains(err.Error(), "m2: ") {
		t.Errorf("got %v (%v), want both members named", err, drivers.KindOf(err))
	}
}

// tellClustered answers GET /1.0.
func tellClustered(w io.Writer, clustered string) {
	_, _ = io.WriteString(w, `{"type":"sync","status_code":200,"metadata":{"auth":"trusted","config":{},"environment":{
		"server":"lxd","server_version":"5.0.2","server_clustered":`+clustered+`}}}`)
}

// TestReadNamesWhoWasNotReached has a member that does not read its database, and one that is not there.
func TestReadNamesWhoWasNotReached(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	d.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/1.0" {
			tellClustered(w, "true")
			return
		}
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, `{"type":"error","error_code":500,"error":"out of order"}`)
	})
	_, err := cluster(t, unix(d.overUnix(t)), unix("/nowhere/unix.socket")).Read(t.Context())
	if want := "; not reached: m2 (GET /1.0: dial unix /nowhere/unix.socket"; err == nil ||
		!strings.Contains(err.Error(), "out of order") || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want it to end with %s", err, want)
	}
}

// TestDatabaseIsReadWhileOthersAreConnectedTo has a second member that says what it is once the first was asked for the
// database, and what comes of it: it counts only when all are members of one cluster.
func TestDatabaseIsReadWhileOthersAreConnectedTo(t *testing.T) {
	t.Parallel()
	for other, want := range map[string]int32{"true": 1, "false": 2} {
		first, second, asked := newDaemon(t), newDaemon(t), make(chan struct{})
		var calls atomic.Int32
		first.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/internal/sql" {
				tellClustered(w, "true")
				return
			}
			body, _ := io.ReadAll(r.Body)
			if strings.Contains(string(body), `"global"`) && calls.Add(1) == 1 {
				close(asked)
			}
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, `{"type":"error","error_code":500,"error":"out of order"}`)
		})
		second.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-asked:
				tellClustered(w, other)
			case <-r.Context().Done():
			}
		})
		c := cluster(t, unix(first.overUnix(t)), unix(second.overUnix(t)))
		_, err := c.Read(t.Context())
		if err == nil || !strings.Contains(err.Error(), "out of order") {
			t.Errorf("clustered %s: got %v", other, err)
		}
		if got := calls.Load(); got != want {
			t.Errorf("clustered %s: the database was asked for %d times, want %d", other, got, want)
		}
	}
}

// TestDaemonThatNeverAnswersSaysThatItIsNotReady has one that waits for other members to be upgraded.
func TestDaemonThatNeverAnswersSaysThatItIsNotReady(t *testing.T) {
	t.Parallel()
	waits := newDaemon(t)
	waits.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/internal/ready" {
			<-r.Context().Done()
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, `{"type":"error","error_code":503,"error":"LXD daemon not ready yet"}`)
	})
	c := cluster(t, unix(waits.overUnix(t)))
	_, err := c.Read(t.Context())
	if !drivers.Is(err, drivers.Starting) || !strings.Contains(err.Error(), "LXD daemon not ready yet") {
		t.Errorf("got %v (%v), want that it is not ready yet", err, drivers.KindOf(err))
	}
	_, err = c.API(t.Context(), "")
	if !drivers.Is(err, drivers.Unreachable) || !strings.Contains(err.Error(), "LXD daemon not ready yet") {
		t.Errorf("looking for a member: got %v (%v), want that nobody is ready", err, drivers.KindOf(err))
	}
}

// TestLookingRunsNoCommandThatChanges runs one of the operator's only where more than looking is meant.
func TestLookingRunsNoCommandThatChanges(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "made")
	c := cluster(t, schema.Connection{Unix: &schema.Unix{Socket: "/nonexistent/unix.socket"}})
	touch := drivers.Command{Task: drivers.TaskService, Folder: "/nonexistent", Text: "touch " + file, Member: "m1"}
	if _, err := c.Run(drivers.Looking(t.Context()), "m1", touch); !drivers.Is(err, drivers.Invalid) {
		t.Errorf("while looking: %v", err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the command was run while looking")
	}
	if _, err := c.Run(t.Context(), "m1", touch); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

func TestMoreTimeForAllIsMoreForEach(t *testing.T) {
	t.Parallel()
	cluster := remote.Open(remote.Config{Timeout: 15 * time.Second})
	for given, want := range map[time.Duration]time.Duration{10 * time.Second: 5 * time.Second,
		5 * time.Minute: 30 * time.Second, 20 * time.Minute: 2 * time.Minute} {
		ctx, cancel := context.WithTimeout(t.Context(), given)
		if got := cluster.VisitLimit(ctx).Round(time.Second); got != want {
			t.Errorf("with %s for all: %s for each, want %s", given, got, want)
		}
		cancel()
	}
}
