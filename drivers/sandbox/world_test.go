package sandbox_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"clusterctl/drivers/sandbox"
)

// start starts a world that ends with the test.
func start(t *testing.T, cfg sandbox.Config) *sandbox.World {
	t.Helper()
	world, err := sandbox.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := world.Close(); err != nil {
			t.Error(err)
		}
	})
	return world
}

// answer is what a member says to one call, after the operation that it may have started.
type answer struct {
	status   int
	text     string
	metadata json.RawMessage
}

func (a answer) String() string { return fmt.Sprintf("%d %s", a.status, a.text) }

// ask sends one call over the member's unix socket and waits for the operation. A failed operation counts as status 400.
func ask(t *testing.T, w *sandbox.World, member, method, path, body string) answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://unix"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := w.Client(member).Do(req)
	if err != nil {
		return answer{text: err.Error()}
	}
	defer resp.Body.Close()
	var env struct {
		Type, Error, Operation string
		Metadata               json.RawMessage
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil || json.Unmarshal(raw, &env) != nil {
		return answer{text: fmt.Sprintf("%v: %s", err, raw)}
	}
	var op struct{ Class, Err string }
	if env.Type == "async" && json.Unmarshal(env.Metadata, &op) == nil && op.Class == "task" {
		end := ask(t, w, member, "GET", env.Operation+"/wait?timeout=10", "")
		if err := json.Unmarshal(end.metadata, &op); err != nil {
			return answer{text: end.String()}
		}
		if op.Err != "" {
			return answer{status: 400, text: op.Err}
		}
	}
	return answer{status: resp.StatusCode, text: env.Error, metadata: env.Metadata}
}

// must is ask for a call that has to go well.
func must(t *testing.T, w *sandbox.World, member, method, path, body string) json.RawMessage {
	t.Helper()
	a := ask(t, w, member, method, path, body)
	if a.status < 200 || a.status > 299 {
		t.Fatalf("%s %s on %s: %s", method, path, member, a)
	}
	return a.metadata
}

// refused is ask for a call that has to fail in these words.
func refused(t *testing.T, w *sandbox.World, member, method, path, body, want string) {
	t.Helper()
	if got := ask(t, w, member, method, path, body).String(); got != want {
		t.Errorf("%s %s on %s: got %q, want %q", method, path, member, got, want)
	}
}

func address(i int) string { return fmt.Sprintf("10.1.1.%d:8443", i) }

// form makes a cluster of all members, node1 to nodeN.
func form(t *testing.T, w *sandbox.World) {
	t.Helper()
	for i, m := range w.Members() {
		if i == 0 {
			must(t, w, m.Name, "PATCH", "/1.0", fmt.Sprintf(`{"config":{"core.https_address":%q}}`, address(1)))
			must(t, w, m.Name, "PUT", "/1.0/cluster", fmt.Sprintf(`{"enabled":true,"server_name":%q}`, m.Name))
			continue
		}
		must(t, w, m.Name, "PUT", "/1.0/cluster", joinBody(t, w, m.Name, i+1))
	}
}

// joinBody is the body of a join with a new token.
func joinBody(t *testing.T, w *sandbox.World, name string, i int) string {
	t.Helper()
	var op struct {
		Metadata struct {
			Secret, Fingerprint string
			ExpiresAt           string
			Addresses           []string
		}
	}
	if err := json.Unmarshal(must(t, w, "node1", "POST", "/1.0/cluster/members", fmt.Sprintf(`{"server_name":%q}`, name)), &op); err != nil {
		t.Fatal(err)
	}
	token, err := json.Marshal(map[string]any{"server_name": name, "fingerprint": op.Metadata.Fingerprint, "secret": op.Metadata.Secret,
		"addresses": op.Metadata.Addresses, "expires_at": op.Metadata.ExpiresAt})
	if err != nil {
		t.Fatal(err)
	}
	text := base64.StdEncoding.EncodeToString(token) // in the field of LXD 5.0, and that of Incus
	body, err := json.Marshal(map[string]any{"enabled": true, "server_name": name, "cluster_address": address(1), "server_address": address(i),
		"cluster_certificate": certificate(t, w, "node1"), "cluster_password": text, "cluster_token": text})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// certificate is the certificate that the member serves.
func certificate(t *testing.T, w *sandbox.World, member string) string {
	t.Helper()
	var server struct{ Environment struct{ Certificate string } }
	if err := json.Unmarshal(must(t, w, member, "GET", "/1.0", ""), &server); err != nil {
		t.Fatal(err)
	}
	return server.Environment.Certificate
}

// roles are the database roles of all members as text, for example "node1:database-leader+database node2:".
func roles(t *testing.T, w *sandbox.World, member string) string {
	t.Helper()
	var members []struct {
		ServerName string `json:"server_name"`
		Roles      []string
	}
	if err := json.Unmarshal(must(t, w, member, "GET", "/1.0/cluster/members?recursion=1", ""), &members); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range members {
		out = append(out, m.ServerName+":"+strings.Join(m.Roles, "+"))
	}
	return strings.Join(out, " ")
}

// status is what node1 says of the member.
func status(t *testing.T, w *sandbox.World, member string) string {
	t.Helper()
	var m struct{ Status string }
	if err := json.Unmarshal(must(t, w, "node1", "GET", "/1.0/cluster/members/"+member, ""), &m); err != nil {
		t.Fatal(err)
	}
	return m.Status
}

func TestWorldOutlivesItsProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := sandbox.Start(t.Context(), sandbox.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	form(t, first)
	must(t, first, "node2", "POST", "/1.0/projects", `{"name":"web"}`)
	if err := first.Stop(t.Context(), "node3"); err != nil {
		t.Fatal(err)
	}
	before, beforeRoles := fmt.Sprint(first.Members()), roles(t, first, "node1")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := start(t, sandbox.Config{Dir: dir})
	if after := fmt.Sprint(second.Members()); after != before {
		t.Errorf("members changed\nfrom %s\nto   %s", before, after)
	}
	if after := roles(t, second, "node2"); after != beforeRoles {
		t.Errorf("roles changed from %s to %s", beforeRoles, after)
	}
	must(t, second, "node1", "GET", "/1.0/projects/web", "")
	if err := second.Restart(t.Context(), "node3"); err != nil {
		t.Fatal(err)
	}
	must(t, second, "node3", "GET", "/1.0/projects/web", "")
}

func TestTokenIsGoodOnceAndNotForEver(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{})
	must(t, w, "node1", "PATCH", "/1.0", fmt.Sprintf(`{"config":{"core.https_address":%q}}`, address(1)))
	must(t, w, "node1", "PUT", "/1.0/cluster", `{"enabled":true,"server_name":"node1"}`)
	const prefix = "400 Failed to setup cluster trust: Failed to add server cert to cluster: "
	body := joinBody(t, w, "node2", 2)
	must(t, w, "node2", "PUT", "/1.0/cluster", body)
	again := strings.Replace(body, address(2), address(3), 1)
	refused(t, w, "node3", "PUT", "/1.0/cluster", again, prefix+"No matching cluster join operation found")
	late := joinBody(t, w, "node3", 3)
	if err := w.Advance(t.Context(), 4*time.Hour); err != nil {
		t.Fatal(err)
	}
	refused(t, w, "node3", "PUT", "/1.0/cluster", late, prefix+"Token has expired")
}

func TestBootstrapWithoutAddressStaysStandalone(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Members: 1})
	refused(t, w, "node1", "PUT", "/1.0/cluster", `{"enabled":true,"server_name":"node1"}`,
		`500 Cannot use wildcard core.https_address "" for cluster.https_address. Please specify a new cluster.https_address or core.https_address`)
}
