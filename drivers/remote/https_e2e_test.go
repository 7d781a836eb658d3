//go:build e2e && linux

package remote_test

import (
	"encoding/json"
	"testing"

	"clusterctl/drivers"
	"clusterctl/drivers/lab"
	"clusterctl/drivers/lab/labtest"
	"clusterctl/drivers/remote"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// TestFormingOverHTTPSAlone bootstraps and joins where no connection but HTTPS is there, under the fingerprints that
// the servers had before.
func TestFormingOverHTTPSAlone(t *testing.T) {
	l := labtest.Start(t, lab.Config{Members: 2})
	client := clientCertificate(t)
	var members []schema.Member
	for _, m := range l.Members {
		lxc(t, m, "config", "set", "core.https_address="+address(m), "core.trust_password="+password)
		pin := fingerprint(t, file(t, m, "server.crt"))
		members = append(members, schema.Member{Name: name(m), Address: address(m), Connection: overHTTPS(client, pin)(m)})
	}
	c := remote.Open(remote.Config{Members: members, Registry: kinds.Registry(), Secret: secret})
	t.Cleanup(func() { _ = c.Close() })
	introduce(t, c, members)
	read(t, c)

	first := api(t, c, "node1")
	do(t, first, "PUT", "/1.0/cluster", map[string]any{"server_name": "node1", "enabled": true})
	var server struct {
		Environment struct {
			Certificate string `json:"certificate"`
		} `json:"environment"`
	}
	if err := json.Unmarshal(do(t, first, "GET", "/1.0", nil), &server); err != nil {
		t.Fatal(err)
	}
	joiner := api(t, c, "node2")
	do(t, joiner, "PUT", "/1.0/cluster", map[string]any{
		"server_name": "node2", "enabled": true, "server_address": address(l.Members[1]), "cluster_address": address(l.Members[0]),
		"cluster_certificate": server.Environment.Certificate, "cluster_password": password, "member_config": []string{}})
	c.DropConnections()
	live := read(t, c)
	for name, host := range live.Facts.Hosts {
		if host.Fault != "" || !host.Clustered {
			t.Errorf("%s: got clustered %v and fault %q", name, host.Clustered, host.Fault)
		}
	}
	if len(live.Facts.Members) != 2 {
		t.Errorf("got members %v, want both", live.Facts.MemberOrder())
	}
}

func api(t *testing.T, c *remote.Cluster, member string) drivers.API {
	t.Helper()
	api, err := c.API(t.Context(), member)
	if err != nil {
		t.Fatal(err)
	}
	return api
}
