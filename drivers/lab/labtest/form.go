//go:build linux

package labtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clusterctl/drivers/lab"
)

// Password is the trust password of clusters that Form makes.
const Password = "sekret"

// Form makes a cluster of LXD members with one `lxd init --preseed` after the other, as LXD's own documentation does.
// Member 1 is node1 and so on, each at port 8443 of its address. The first has the pool local and what preseed adds:
// sections of a preseed other than config, storage_pools and cluster.
func Form(t testing.TB, members []*lab.Member, preseed string) {
	t.Helper()
	first := members[0]
	Init(t, first, fmt.Sprintf(`config: {core.https_address: "%s:8443", core.trust_password: %s}
cluster: {enabled: true, server_name: node1}
storage_pools: [{name: local, driver: dir}]
%s`, first.Address, Password, preseed))
	certificate, err := os.ReadFile(filepath.Join(first.StateDir, "cluster.crt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range members[1:] {
		Init(t, m, fmt.Sprintf(`cluster:
  enabled: true
  server_name: node%d
  server_address: %s:8443
  cluster_address: %s:8443
  cluster_password: %s
  cluster_certificate: |
    %s
  member_config:
  - {entity: storage-pool, name: local, key: source, value: ""}
`, m.Number, m.Address, first.Address, Password, strings.ReplaceAll(strings.TrimSpace(string(certificate)), "\n", "\n    ")))
	}
}

// Init runs `lxd init --preseed` on a member.
func Init(t testing.TB, m *lab.Member, preseed string) {
	t.Helper()
	cmd := m.Command(t.Context(), "lxd", "init", "--preseed")
	cmd.Stdin = strings.NewReader(preseed)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("lxd init on member %d: %v\n%s", m.Number, err, out)
	}
}
