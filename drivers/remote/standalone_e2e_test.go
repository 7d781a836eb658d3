//go:build e2e && linux

package remote_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clusterctl/drivers"
	"clusterctl/drivers/lab"
	"clusterctl/drivers/lab/labtest"
	"clusterctl/drivers/remote"
	"clusterctl/schema"
)

// TestStandalone works with two servers that are in no cluster, until the last part makes one of them a cluster.
func TestStandalone(t *testing.T) {
	l := labtest.Start(t, lab.Config{Members: 2})
	lxc(t, l.Members[0], "config", "set", "core.https_address="+address(l.Members[0]), "core.trust_password="+password)
	lxc(t, l.Members[1], "storage", "create", "mine", "dir")

	t.Run("facts", func(t *testing.T) {
		live := read(t, open(t, l, overSSH(l)))
		if live.Facts.Clustered || live.Facts.Source != "rest" {
			t.Errorf("got clustered %v from %s, want a server read over REST", live.Facts.Clustered, live.Facts.Source)
		}
		if holds := live.Facts.Hosts["node2"].Holds; strings.Join(holds, " ") != "storage_pool/mine" {
			t.Errorf("got that node2 holds %v, want its pool", holds)
		}
	})
	t.Run("faults", func(t *testing.T) { faults(t, l) })
	t.Run("unknown certificate", func(t *testing.T) {
		found := fingerprint(t, file(t, l.Members[0], "server.crt"))
		err := asked(t, open(t, l, overHTTPS(clientCertificate(t), "")), "node1")
		if !drivers.Is(err, drivers.Certificate) || !strings.Contains(err.Error(), found) {
			t.Errorf("got %v, want the fingerprint %s", err, found)
		}
	})
	t.Run("bootstrap over HTTPS", func(t *testing.T) { bootstrapOverHTTPS(t, l) })
	t.Run("two clusters", func(t *testing.T) {
		labtest.Init(t, l.Members[1], "config: {core.https_address: "+address(l.Members[1])+"}\ncluster: {server_name: other, enabled: true}\n")
		live := read(t, open(t, l, overSSH(l)))
		if one, two := live.Facts.Hosts["node1"], live.Facts.Hosts["node2"]; one.ClusterFingerprint == two.ClusterFingerprint || two.Name != "other" {
			t.Errorf("got fingerprints %s and %s of %s", one.ClusterFingerprint, two.ClusterFingerprint, two.Name)
		}
		if members := live.Facts.MemberOrder(); len(members) != 1 || members[0] != "node1" || live.Facts.Source != "dqlite" {
			t.Errorf("got members %v from %s, want node1's cluster", members, live.Facts.Source)
		}
	})
}

// asked returns why a member gives no answer.
func asked(t *testing.T, c *remote.Cluster, member string) error {
	t.Helper()
	api, err := c.API(t.Context(), member)
	if err == nil {
		_, err = api.Do(t.Context(), drivers.Call{Method: "GET", Path: "/1.0"})
	}
	return err
}

// faults expects that whatever is wrong with one member is a fact, and the other is read.
func faults(t *testing.T, l *lab.Lab) {
	stranger := filepath.Join(t.TempDir(), "known_hosts")
	text, err := os.ReadFile(l.KnownHosts())
	if err != nil {
		t.Fatal(err)
	}
	one, two := l.Members[0].Address, l.Members[1].Address
	if err := os.WriteFile(stranger, []byte(strings.NewReplacer(one, two, two, one).Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	for kind, second := range map[schema.Fault]way{
		schema.FaultHostKey: func(m *lab.Member) schema.Connection {
			c := overSSH(l)(m)
			c.SSH.KnownHosts = stranger
			return c
		},
		schema.FaultUnreachable: func(*lab.Member) schema.Connection {
			return schema.Connection{Unix: &schema.Unix{Socket: "/nowhere/unix.socket"}}
		},
	} {
		live := read(t, open(t, l, overSSH(l), second))
		if host := live.Facts.Hosts["node2"]; host.FaultKind != kind || host.Fault == "" {
			t.Errorf("got fault %q (%s), want kind %s", host.Fault, host.FaultKind, kind)
		}
		if host := live.Facts.Hosts["node1"]; host.Fault != "" || live.Len() == 0 {
			t.Errorf("node1 was not read: %s", host.Fault)
		}
	}
}

// bootstrapOverHTTPS makes a cluster through a connection whose certificate changes by it.
func bootstrapOverHTTPS(t *testing.T, l *lab.Lab) {
	old, client := fingerprint(t, file(t, l.Members[0], "server.crt")), clientCertificate(t)
	c := open(t, l, overHTTPS(client, old), overSSH(l))
	api, err := c.API(t.Context(), "node1")
	if err != nil {
		t.Fatal(err)
	}
	do(t, api, "PUT", "/1.0/cluster", map[string]any{"server_name": "node1", "enabled": true})
	if fingerprint(t, file(t, l.Members[0], "cluster.crt")) == old {
		t.Fatal("the certificate did not change")
	}
	var state struct {
		Enabled bool `json:"enabled"`
	}
	if err := json.Unmarshal(do(t, api, "GET", "/1.0/cluster", nil), &state); err != nil || !state.Enabled {
		t.Fatalf("got enabled %v (%v), want a cluster", state.Enabled, err)
	}
	c.DropConnections()
	if live := read(t, c); !live.Facts.Clustered || live.Facts.Hosts["node1"].Fault != "" {
		t.Errorf("got fault %q under the new certificate, want none", live.Facts.Hosts["node1"].Fault)
	}
	// Nobody vouches for the new certificate in a new run.
	err = asked(t, open(t, l, overHTTPS(client, old)), "node1")
	if found := fingerprint(t, file(t, l.Members[0], "cluster.crt")); !drivers.Is(err, drivers.Certificate) || !strings.Contains(err.Error(), found) {
		t.Errorf("got %v, want an error with the new fingerprint %s", err, found)
	}
}
