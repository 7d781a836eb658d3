//go:build e2e && linux

package remote_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clusterctl/drivers"
	"clusterctl/drivers/lab"
	"clusterctl/drivers/lab/labtest"
	"clusterctl/drivers/remote"
	"clusterctl/drivers/rest"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// way is one way to reach a member.
type way func(m *lab.Member) schema.Connection

func overSSH(l *lab.Lab) way {
	return func(m *lab.Member) schema.Connection {
		return schema.Connection{SSH: &schema.SSH{Host: m.Address, User: "root", IdentityFile: l.SSHKey(), KnownHosts: l.KnownHosts(), Socket: m.Socket()}}
	}
}

func overUnix(m *lab.Member) schema.Connection {
	return schema.Connection{Unix: &schema.Unix{Socket: m.Socket()}}
}

// overHTTPS is a connection with the client certificate in the folder, which openWith introduces with the trust password.
func overHTTPS(folder, pin string) way {
	return func(m *lab.Member) schema.Connection {
		return schema.Connection{HTTPS: &schema.HTTPS{URL: "https://" + address(m), Certificate: filepath.Join(folder, "client.crt"),
			Key: filepath.Join(folder, "client.key"), Fingerprint: pin, Password: "server/core.trust_password"}}
	}
}

func address(m *lab.Member) string { return m.Address + ":8443" }

func name(m *lab.Member) string { return fmt.Sprintf("node%d", m.Number) }

// introduce has the servers behind HTTPS connections trust the client certificate, as an apply does first.
func introduce(t testing.TB, c *remote.Cluster, members []schema.Member) {
	for _, m := range members {
		if m.Connection.HTTPS == nil {
			continue
		}
		if api, err := c.API(t.Context(), m.Name); err == nil {
			_, err = api.Do(t.Context(), drivers.Call{Method: "POST", Path: "/1.0/certificates",
				Body: map[string]string{"type": "client", "name": "clusterctl", "password": password}})
			t.Log(m.Name, err) // a later one is trusted already
		}
	}
}

// open opens the lab's members, each its own way; the last way serves for all that follow.
func open(t testing.TB, l *lab.Lab, ways ...way) *remote.Cluster {
	t.Helper()
	return openWith(t, l, os.ReadFile, ways...)
}

func openWith(t testing.TB, l *lab.Lab, readFile func(string) ([]byte, error), ways ...way) *remote.Cluster {
	t.Helper()
	var members []schema.Member
	for i, m := range l.Members {
		members = append(members, schema.Member{Name: name(m), Address: address(m), Connection: ways[min(i, len(ways)-1)](m)})
	}
	c := remote.Open(remote.Config{Members: members, Registry: kinds.Registry(), ReadFile: readFile, Secret: secret})
	introduce(t, c, members)
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func secret(name string) (string, error) {
	if name == "server/core.trust_password" {
		return password, nil
	}
	return "", errors.New("no such secret")
}

func read(t testing.TB, c *remote.Cluster) schema.Cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	live, err := c.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return live
}

// form makes a cluster of the lab's members, with a bridge.
func form(t testing.TB, l *lab.Lab) {
	t.Helper()
	labtest.Form(t, l.Members, `
networks:
- {name: br0, type: bridge, config: {ipv4.address: 10.99.1.1/24, ipv4.nat: "true", ipv6.address: none}}
profiles:
- name: default
  devices:
    root: {path: /, pool: local, type: disk}
    eth0: {name: eth0, network: br0, type: nic}
`)
}

// furnish gives the cluster something of every kind, with states and keys that are not the same everywhere.
func furnish(t testing.TB, l *lab.Lab) {
	t.Helper()
	for _, line := range []string{
		"cluster group create gpu",
		"cluster group assign node2 gpu,default",
		"cluster set node3 scheduler.instance manual",
		"config set cluster.offline_threshold 15",
		"config set user.note 0755",
		"config set core.metrics_address " + l.Members[1].Address + ":8444 --target node2",
		"storage create fast dir source=" + mkdir(t, "fast1") + " --target node1",
		"storage create fast dir source=" + mkdir(t, "fast2") + " --target node2",
		"storage create fast dir --target node3",
		"storage create fast dir rsync.bwlimit=10MB",
		"storage create half dir --target node1",
		"network create ext --type=macvlan parent=eth0 --target node1",
		"network create ext --type=macvlan parent=lo --target node2",
		"network create ext --type=macvlan parent=eth0 --target node3",
		"network create ext --type=macvlan user.x=1",
		"network create later --type=bridge --target node2",
		"project create web -c features.networks=true -c features.images=false -c limits.instances=20",
		"project create plain -c features.profiles=false",
		"profile create big",
		"profile set big limits.memory 8GiB",
		"profile device add big data disk source=/srv path=/data",
		"profile create front --project web",
		"network set br0 bgp.peers.a.address=10.0.0.9 bgp.peers.a.asn=65000 bgp.peers.a.password=hidden",
	} {
		lxc(t, l.Members[0], strings.Fields(line)...)
	}
	lxc(t, l.Members[0], "query", "-X", "PATCH", "/1.0/networks/br0", "-d", `{"description":"The bridge"}`)
}

func mkdir(t testing.TB, name string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), name)
	if err := os.Mkdir(folder, 0o711); err != nil {
		t.Fatal(err)
	}
	return folder
}

func lxc(t testing.TB, m *lab.Member, args ...string) string {
	t.Helper()
	out, err := m.Client(t.Context(), args...)
	if err != nil {
		t.Fatalf("lxc %v: %v\n%s", args, err, out)
	}
	return out
}

func file(t testing.TB, m *lab.Member, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(m.StateDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func fingerprint(t testing.TB, certificate string) string {
	t.Helper()
	f, err := rest.Fingerprint(certificate)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// clientCertificate makes a client certificate and returns the folder with client.crt and client.key.
func clientCertificate(t testing.TB) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, block := range map[string]*pem.Block{
		"client.crt": {Type: "CERTIFICATE", Bytes: der},
		"client.key": {Type: "EC PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(folder, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// do sends a call and waits for its operation.
func do(t testing.TB, api drivers.API, method, path string, body any) json.RawMessage {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	reply, err := api.Do(ctx, drivers.Call{Method: method, Path: path, Body: body})
	if err == nil && reply.Operation != "" {
		reply, err = api.Do(ctx, drivers.Call{Method: "GET", Path: reply.Operation + "/wait", Query: map[string]string{"timeout": "60"}})
	}
	if err != nil {
		t.Fatal(err)
	}
	return reply.Metadata
}
