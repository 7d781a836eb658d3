//go:build e2e && linux

package rest_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"clusterctl/drivers"
	"clusterctl/drivers/lab"
	"clusterctl/drivers/lab/labtest"
	"clusterctl/drivers/rest"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// TestDaemons has two daemons in a cluster and one outside, each reached over its unix socket.
func TestDaemons(t *testing.T) {
	t.Parallel()
	l := labtest.Start(t, lab.Config{Members: 3})
	labtest.Form(t, l.Members[:2], "")
	var clients []*rest.Client
	for _, m := range l.Members {
		c := rest.New(rest.Config{Member: m.Socket(), URL: rest.SocketURL, Dial: rest.SocketDial(nil, m.Socket())})
		t.Cleanup(c.CloseIdleConnections)
		clients = append(clients, c)
	}
	t.Run("every member gives the same cluster", func(t *testing.T) { sameCluster(t, clients[:2]) })
	t.Run("first trust", func(t *testing.T) { firstTrust(t, clients[2], l.Members[2].Address+":8443") })
	t.Run("errors are classified", func(t *testing.T) { errorsAreClassified(t, clients[:2], clients[2]) })
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

func sameCluster(t *testing.T, clustered []*rest.Client) {
	var first string
	for i, api := range clustered {
		c, err := rest.Read(t.Context(), api, kinds.Registry(), false)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Facts.Members) != len(clustered) || c.Facts.Leader == "" || c.Facts.Flavour.Product != schema.LXD {
			t.Errorf("got %+v", c.Facts)
		}
		pool, _ := c.Get(schema.Ref{Kind: schema.KindStoragePool, Name: "local"})
		if len(pool.Members) != len(clustered) {
			t.Errorf("pool local has parts on %v", pool.MemberNames())
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

// addTrust has a daemon trust the client certificate of the connection; being trusted already is as good.
func addTrust(t *testing.T, api drivers.API, name, secret string) error {
	_, err := api.Do(t.Context(), drivers.Call{Method: "POST", Path: "/1.0/certificates",
		Body: map[string]string{"type": "client", "name": name, "password": secret}})
	if drivers.Is(err, drivers.Conflict) {
		return nil
	}
	return err
}

// firstTrust introduces client certificates to a daemon that is in no cluster.
func firstTrust(t *testing.T, admin *rest.Client, address string) {
	config := func(values map[string]string) { do(t, admin, "PATCH", "/1.0", map[string]any{"config": values}) }
	config(map[string]string{"core.https_address": address, "core.trust_password": "right-password"})
	t.Cleanup(func() { config(map[string]string{"core.https_address": "", "core.trust_password": ""}) })
	var server struct{ Environment struct{ Certificate string } }
	if err := json.Unmarshal(do(t, admin, "GET", "/1.0", nil).Metadata, &server); err != nil {
		t.Fatal(err)
	}
	pin := server.Environment.Certificate
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
		if f := rest.HostFacts(t.Context(), c, name, kinds.Registry()); f.FaultKind != schema.FaultDenied || f.Extensions == 0 {
			t.Errorf("%s before: got %+v", name, f)
		}
		if err := addTrust(t, c, name, "wrong-password"); !drivers.Is(err, drivers.Denied) {
			t.Errorf("%s, wrong password: got %v", name, err)
		} else {
			t.Log(err)
		}
		if err := addTrust(t, c, name, secret); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		fingerprint, _ := rest.Fingerprint(string(crt))
		t.Cleanup(func() { do(t, admin, "DELETE", "/1.0/certificates/"+fingerprint, nil) })
		if err := addTrust(t, c, name, "right-password"); err != nil {
			t.Errorf("%s again: %v", name, err)
		}
		if f := rest.HostFacts(t.Context(), c, name, kinds.Registry()); f.Fault != "" {
			t.Errorf("%s after: %s", name, f.Fault)
		}
	}
}

func errorsAreClassified(t *testing.T, clustered []*rest.Client, standalone *rest.Client) {
	type attempt struct {
		api          drivers.API
		method, path string
		body         any
		want         drivers.Kind
	}
	var attempts []attempt
	for _, api := range []drivers.API{clustered[0], standalone} {
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
	secret := map[string]any{"config": map[string]string{"maas.api.key": "s3cr3t-value", "maas.nonsense": "x"}}
	_, err := standalone.Do(t.Context(), drivers.Call{Method: "PATCH", Path: "/1.0", Body: secret})
	if err == nil || strings.Contains(fmt.Sprint(err), "s3cr3t-value") {
		t.Errorf("got %v", err)
	}
}
