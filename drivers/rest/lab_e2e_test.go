//go:build e2e

package rest_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"clusterctl/drivers"
	"clusterctl/drivers/rest"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// lab returns clients of the unix sockets of a running lab, those in a cluster and those outside one. The lab is
// named by CLUSTERCTL_LAB: the base folder, with a folder of each daemon in lxd/nN/dir.
func lab(t *testing.T) (clustered, standalone []*rest.Client) {
	t.Helper()
	base := os.Getenv("CLUSTERCTL_LAB")
	if base == "" {
		t.Skip("CLUSTERCTL_LAB does not name the base folder of a running lab")
	}
	sockets, err := filepath.Glob(filepath.Join(base, "lxd", "n*", "dir", "unix.socket"))
	if err != nil || len(sockets) == 0 {
		t.Fatalf("no daemon below %s: %v", base, err)
	}
	for _, socket := range sockets {
		c := rest.New(rest.Config{Member: socket, URL: rest.SocketURL, Dial: rest.SocketDial(nil, socket)})
		t.Cleanup(c.CloseIdleConnections)
		facts := rest.HostFacts(t.Context(), c, socket, kinds.Registry())
		switch {
		case facts.Fault != "":
			t.Fatal(facts.Fault)
		case facts.Clustered:
			clustered = append(clustered, c)
		default:
			standalone = append(standalone, c)
		}
	}
	return clustered, standalone
}

func do(t *testing.T, api drivers.API, method, path string, body any) drivers.Reply {
	t.Helper()
	// Clean-up runs when the test's own context has ended.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	reply, err := api.Do(ctx, drivers.Call{Method: method, Path: path, Body: body})
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

func TestEveryMemberGivesTheSameCluster(t *testing.T) {
	clustered, _ := lab(t)
	if len(clustered) < 2 {
		t.Skip("the lab has no cluster")
	}
	var first string
	for i, api := range clustered {
		c, err := rest.Read(t.Context(), api, kinds.Registry(), false)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Facts.Members) != len(clustered) || c.Facts.Leader == "" || c.Facts.Flavour.Product != schema.LXD {
			t.Errorf("got %+v", c.Facts)
		}
		pool, _ := c.Get(schema.Ref{Kind: schema.KindStoragePool, Name: "default"})
		if len(pool.Members) != len(clustered) {
			t.Errorf("pool default has parts on %v", pool.MemberNames())
		}
		text, err := json.MarshalIndent(c.Objects(), "", " ")
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case i == 0:
			first = string(text)
			t.Log(first)
		case first != string(text):
			t.Errorf("member %d differs: %s", i, text)
		}
		if strings.Contains(string(text), "used_by") {
			t.Error("a read-only field is in the objects")
		}
	}
}

func TestFirstTrust(t *testing.T) {
	_, standalone := lab(t)
	if len(standalone) == 0 {
		t.Skip("the lab has no daemon outside a cluster")
	}
	admin := standalone[len(standalone)-1]
	// In a namespace of its own the daemon is reached through its bridge only.
	address := os.Getenv("CLUSTERCTL_LAB_ADDRESS")
	if address == "" {
		t.Skip("CLUSTERCTL_LAB_ADDRESS does not name host:port of the last daemon")
	}
	config := func(values map[string]string) { do(t, admin, "PATCH", "/1.0", map[string]any{"config": values}) }
	config(map[string]string{"core.https_address": address, "core.trust_password": "right-password"})
	t.Cleanup(func() { config(map[string]string{"core.https_address": "", "core.trust_password": ""}) })
	pin, err := rest.FetchCertificate(t.Context(), nil, address)
	if err != nil {
		t.Fatal(err)
	}
	token := func() string {
		var op struct{ Metadata map[string]any }
		reply := do(t, admin, "POST", "/1.0/certificates", map[string]any{"type": "client", "name": "by-token", "token": true})
		if err := json.Unmarshal(reply.Metadata, &op); err != nil {
			t.Fatal(err)
		}
		m := op.Metadata
		text, err := json.Marshal(map[string]any{"client_name": "by-token", "fingerprint": m["fingerprint"], "addresses": m["addresses"], "secret": m["secret"]})
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(text)
	}
	for name, secret := range map[string]string{"by-password": "right-password", "by-token": token()} {
		crt, key := keyPair(t)
		cert, err := rest.ClientCertificate(crt, key)
		if err != nil {
			t.Fatal(err)
		}
		c := rest.New(rest.Config{Member: name, URL: "https://" + address, TLS: rest.PinnedTLS(cert, pin)})
		t.Cleanup(c.CloseIdleConnections)
		if f := rest.HostFacts(t.Context(), c, name, kinds.Registry()); f.FaultKind != "denied" || f.Extensions == 0 {
			t.Errorf("%s before: got %+v", name, f)
		}
		if err := rest.AddTrust(t.Context(), c, name, "wrong-password"); !drivers.Is(err, drivers.Denied) {
			t.Errorf("%s, wrong password: got %v", name, err)
		} else {
			t.Log(err)
		}
		if err := rest.AddTrust(t.Context(), c, name, secret); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		fingerprint, _ := rest.Fingerprint(string(crt))
		t.Cleanup(func() { do(t, admin, "DELETE", "/1.0/certificates/"+fingerprint, nil) })
		if err := rest.AddTrust(t.Context(), c, name, "right-password"); err != nil {
			t.Errorf("%s again: %v", name, err)
		}
		if f := rest.HostFacts(t.Context(), c, name, kinds.Registry()); f.Fault != "" {
			t.Errorf("%s after: %s", name, f.Fault)
		}
	}
}

func TestDaemonsErrorsAreClassified(t *testing.T) {
	clustered, standalone := lab(t)
	type attempt struct {
		api          drivers.API
		method, path string
		body         any
		want         drivers.Kind
	}
	var attempts []attempt
	for _, api := range slices.Concat(clustered[:min(1, len(clustered))], standalone[:min(1, len(standalone))]) {
		attempts = append(attempts,
			attempt{api, "GET", "/1.0/profiles/none", nil, drivers.NotFound},
			attempt{api, "POST", "/1.0/profiles", map[string]string{"name": "default"}, drivers.Conflict},
			attempt{api, "PATCH", "/1.0", map[string]any{"config": map[string]string{"images.auto_update_interval": "often"}}, drivers.Invalid},
			attempt{api, "DELETE", "/1.0/projects/default", nil, drivers.Denied},
			attempt{api, "PUT", "/1.0/storage-pools", map[string]string{}, drivers.Unsupported},
		)
	}
	for _, a := range attempts {
		_, err := a.api.Do(t.Context(), drivers.Call{Method: a.method, Path: a.path, Body: a.body})
		if got := drivers.KindOf(err); got != a.want {
			t.Errorf("%s %s: got %s (%v), want %s", a.method, a.path, got, err, a.want)
		}
	}
	for _, api := range clustered {
		stale := drivers.Call{Method: "PUT", Path: "/1.0/profiles/default", ETag: "stale", Body: map[string]any{}}
		if _, err := api.Do(t.Context(), stale); !drivers.Is(err, drivers.Precondition) {
			t.Errorf("stale ETag: got %v", err)
		}
	}
	if len(standalone) > 0 {
		secret := map[string]any{"config": map[string]string{"maas.api.key": "s3cr3t-value", "maas.nonsense": "x"}}
		_, err := standalone[0].Do(t.Context(), drivers.Call{Method: "PATCH", Path: "/1.0", Body: secret})
		if err == nil || strings.Contains(fmt.Sprint(err), "s3cr3t-value") {
			t.Errorf("got %v", err)
		}
	}
}
