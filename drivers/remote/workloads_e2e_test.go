//go:build e2e && linux

package remote_test

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clusterctl/drivers/lab"
)

// furnishWorkloads gives the cluster something of every kind that lives on members or belongs to another object.
func furnishWorkloads(t testing.TB, l *lab.Lab) {
	t.Helper()
	image := imageFile(t)
	for _, line := range []string{
		"config trust add " + filepath.Join(clientCertificate(t), "client.crt") + " --name ci --restricted --projects default,web",
		"network acl create rules user.a=b",
		"network acl rule add rules ingress action=allow protocol=tcp destination_port=80,443 state=logged",
		"network acl create rules --project web",
		"network zone create example.net dns.nameservers=ns1.example.net",
		"network zone record create example.net www user.a=b",
		"network zone record entry add example.net www A 192.0.2.80 --ttl 300",
		"network forward create br0 192.0.2.1 target_address=10.99.1.5 --target node1",
		"network forward port add br0 192.0.2.1 tcp 80 10.99.1.6 --target node1",
		"network forward create br0 192.0.2.1 --target node2",
		"storage volume create local data size=10MiB --target node1",
		"storage volume create local data --target node2",
		"storage volume create local far --project web --target node3",
		"image import " + image + " --alias small --public",
		"init --empty c1 --target node2 -c limits.cpu=2 -p big -p default",
		"init small c2 --target node3",
		"init --empty c3 --project web --target node1 -s local",
	} {
		lxc(t, l.Members[0], strings.Fields(line)...)
	}
}

// imageFile makes an image without anything in it.
func imageFile(t testing.TB) string {
	t.Helper()
	var out bytes.Buffer
	archive := tar.NewWriter(&out)
	metadata := []byte("architecture: x86_64\ncreation_date: 1700000000\nproperties: {description: nothing}\n")
	for _, h := range []tar.Header{
		{Name: "metadata.yaml", Mode: 0o644, Size: int64(len(metadata))},
		{Name: "rootfs/", Typeflag: tar.TypeDir, Mode: 0o755},
	} {
		if err := archive.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write(metadata[:h.Size]); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "image.tar")
	if err := os.WriteFile(name, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}
