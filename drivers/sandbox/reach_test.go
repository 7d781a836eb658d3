package sandbox_test

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"clusterctl/drivers/remote"
	"clusterctl/drivers/sandbox"
	"clusterctl/schema"
)

// https asks over the loopback port with that client certificate and returns status and body.
func https(t *testing.T, address, path string, pair *tls.Certificate, header http.Header) (int, string) {
	t.Helper()
	config := &tls.Config{InsecureSkipVerify: true} // what the member serves is not the matter here
	if pair != nil {
		config.Certificates = []tls.Certificate{*pair}
	}
	client := http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	resp, err := client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestCertificateTypesReachWhatTheyMay(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Members: 1})
	info := w.Members()[0]
	stranger := filepath.Join(start(t, sandbox.Config{Members: 1}).Dir(), "members", "node1", "server")
	pair, err := tls.LoadX509KeyPair(stranger+".crt", stranger+".key")
	if err != nil {
		t.Fatal(err)
	}
	if code, _ := https(t, info.Address, "/1.0", nil, nil); code != 0 {
		t.Error("a member without core.https_address answers over HTTPS")
	}
	form(t, w)
	dqlite := http.Header{"X-Dqlite-Version": {"1"}}
	check := func(kind string, wants map[string]int) {
		t.Helper()
		for path, want := range wants {
			if code, body := https(t, info.Address, path, &pair, dqlite); code != want {
				t.Errorf("%s: %s: got %d %s, want %d", kind, path, code, body, want)
			}
		}
	}
	check("unknown", map[string]int{"/1.0": 200, "/1.0/profiles": 403, "/internal/ready": 403, "/internal/database": 403})
	if _, body := https(t, info.Address, "/1.0", &pair, nil); !strings.Contains(body, `"auth":"untrusted"`) || strings.Contains(body, "environment") {
		t.Errorf("GET /1.0 for anybody: %s", body)
	}
	add := func(kind string) {
		for _, fp := range trusted(t, w) {
			must(t, w, "node1", "DELETE", fp, "")
		}
		must(t, w, "node1", "POST", "/1.0/certificates", fmt.Sprintf(`{"type":%q,"name":"me","certificate":%q}`, kind, base64.StdEncoding.EncodeToString(pair.Certificate[0])))
	}
	add("metrics")
	check("metrics", map[string]int{"/1.0": 200, "/1.0/profiles": 403})
	add("client")
	check("client", map[string]int{"/1.0/profiles": 200, "/internal/ready": 403, "/internal/database": 403})
	add("server")
	check("server", map[string]int{"/1.0/profiles": 200, "/internal/ready": 200, "/internal/database": 200})
	if code, body := https(t, info.Address, "/internal/database", &pair, nil); code != http.StatusUpgradeRequired {
		t.Errorf("without version: got %d %s", code, body)
	}
}

// trusted are the paths of the certificates of that name in the trust store.
func trusted(t *testing.T, w *sandbox.World) []string {
	t.Helper()
	var all []struct{ Name, Fingerprint string }
	if err := json.Unmarshal(must(t, w, "node1", "GET", "/1.0/certificates?recursion=1", ""), &all); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range all {
		if c.Name == "me" {
			out = append(out, "/1.0/certificates/"+c.Fingerprint)
		}
	}
	return out
}

func TestBootstrapChangesTheServedCertificate(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Members: 2})
	before := certificate(t, w, "node1")
	form(t, w)
	if certificate(t, w, "node1") == before {
		t.Error("the cluster's certificate is the server's")
	}
	if certificate(t, w, "node1") != certificate(t, w, "node2") {
		t.Error("the members serve different certificates")
	}
}

func overSSH(w *sandbox.World) []schema.Member {
	var out []schema.Member
	for i, m := range w.Members() {
		out = append(out, schema.Member{Name: m.Name, Address: address(i + 1), Connection: schema.Connection{
			SSH: &schema.SSH{Host: m.SSHHost, Port: m.SSHPort, User: "root", IdentityFile: m.IdentityFile, KnownHosts: m.KnownHosts, Socket: m.Socket}}})
	}
	return out
}

// TestRealDriversReadTheSandbox reads with the packages that read real clusters: SSH, REST and dqlite.
func TestRealDriversReadTheSandbox(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Members: 4})
	form(t, w)
	cluster := remote.Open(remote.Config{Members: overSSH(w), Bootstrap: "node1", Home: t.TempDir(), ReadFile: os.ReadFile})
	t.Cleanup(func() { _ = cluster.Close() })
	live, err := cluster.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	facts := live.Facts
	if !facts.Clustered || facts.Source != "dqlite" || facts.Schema != 60 || facts.Leader != "node1" {
		t.Errorf("facts: %+v", facts)
	}
	wants := map[string]schema.RaftRole{"node1": schema.Voter, "node2": schema.Voter, "node3": schema.Voter, "node4": schema.StandBy}
	for name, want := range wants {
		if got := facts.Members[name]; got.Role != want || !got.Online || got.Extensions != 318 {
			t.Errorf("%s: %+v, want role %s", name, got, want)
		}
	}
}

// TestCommandsOfAHost runs over SSH what recovery needs.
func TestCommandsOfAHost(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{})
	form(t, w)
	shell := func(label, line string) string {
		t.Helper()
		return run(t, w, label, line)
	}
	steps := []struct{ line, want string }{
		{"for d in /var/lib/lxd; do if test -e $d/database/local.db; then echo $d; fi; done", "/var/lib/lxd\n0"},
		{"lxd cluster recover-from-quorum-loss -q", "Error: The LXD daemon is running, please stop it first.\n1"},
		{"systemctl is-active lxd.service", "active\n0"},
		{"systemctl stop lxd.socket lxd.service", "0"},
		{"systemctl is-active lxd.service", "inactive\n3"},
		{"lxd cluster recover-from-quorum-loss -q", "0"},
		{"lxd waitready --timeout=60", "Error: LXD still not running after 60s timeout\n1"},
		{"systemctl start lxd.socket lxd.service", "0"},
		{"lxd waitready --timeout=60", "0"},
		{"rm -rf /", "sh: command not found\n127"},
	}
	if got := shell("node1", "lxd cluster show"); !strings.Contains(got, "\n\nmembers:\n- id: 1\n  name: node1\n  address: 10.1.1.1:8443\n  role: voter\n- id: 2\n") {
		t.Errorf("cluster show: %s", got)
	}
	for _, s := range steps {
		if got := shell("node1", s.line); got != s.want {
			t.Errorf("%s: got %q, want %q", s.line, got, s.want)
		}
	}
	if got, want := roles(t, w, "node1"), "node1:database-leader+database node2: node3:"; got != want {
		t.Errorf("after recovery: got %s, want %s", got, want)
	}
}

// run runs a command over SSH and returns what it prints, and its exit status.
func run(t *testing.T, w *sandbox.World, label, line string) string {
	t.Helper()
	for _, m := range w.Members() {
		if m.Name != label {
			continue
		}
		key, err := os.ReadFile(m.IdentityFile)
		if err != nil {
			t.Fatal(err)
		}
		signer, err := ssh.ParsePrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		client, err := ssh.Dial("tcp", fmt.Sprintf("%s:%d", m.SSHHost, m.SSHPort), &ssh.ClientConfig{User: "root",
			Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, HostKeyCallback: ssh.InsecureIgnoreHostKey()}) // drivers/ssh is what checks host keys
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = client.Close() })
		session, err := client.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		out, err := session.CombinedOutput(line)
		code := 0
		var failed *ssh.ExitError
		if errors.As(err, &failed) {
			code = failed.ExitStatus()
		} else if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%s%d", out, code)
	}
	t.Fatalf("no member %s", label)
	return ""
}

// TestAJoinThatHasBegunIsSeenOverHTTPS is one of which no database has anything: the daemon's operations tell.
func TestAJoinThatHasBegunIsSeenOverHTTPS(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Members: 3})
	must(t, w, "node1", "PATCH", "/1.0", `{"config":{"core.https_address":"10.1.1.1:8443"}}`)
	must(t, w, "node1", "PUT", "/1.0/cluster", `{"enabled":true,"server_name":"node1"}`)
	must(t, w, "node2", "PUT", "/1.0/cluster", joinBody(t, w, "node2", 2))
	must(t, w, "node3", "PATCH", "/1.0", `{"config":{"core.https_address":"10.1.1.3:8443"}}`)
	client := filepath.Join(start(t, sandbox.Config{Members: 1}).Dir(), "members", "node1", "server")
	pair, err := tls.LoadX509KeyPair(client+".crt", client+".key")
	if err != nil {
		t.Fatal(err)
	}
	must(t, w, "node3", "POST", "/1.0/certificates", fmt.Sprintf(`{"type":"client","name":"me","certificate":%q}`,
		base64.StdEncoding.EncodeToString(pair.Certificate[0])))
	members := overSSH(w)
	members[2].Connection = schema.Connection{HTTPS: &schema.HTTPS{URL: "https://" + w.Members()[2].Address,
		Certificate: client + ".crt", Key: client + ".key", Fingerprint: schema.Fingerprint(certificate(t, w, "node3"))}}
	cluster := remote.Open(remote.Config{Members: members, Bootstrap: "node1", Home: t.TempDir(), ReadFile: os.ReadFile})
	t.Cleanup(func() { _ = cluster.Close() })
	for fault, want := range map[string]bool{"": false, "joining node3": true, "joining node3 stage=named": true} {
		inject(t, w, fault)
		live, err := cluster.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if h := live.Facts.Hosts["node3"]; h.Fault != "" || h.Entering != want || h.Clustered != strings.Contains(fault,
			"named") {
			t.Errorf("%q: got %+v", fault, h)
		}
		if err := w.Heal(); err != nil {
			t.Fatal(err)
		}
	}
}
