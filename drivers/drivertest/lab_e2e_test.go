//go:build e2e

package drivertest

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// TestScriptsOnLXD runs one script on fresh daemons: CLUSTERCTL_LAB is the folder whose n1, n2, n3 have a dir with the
// socket, CLUSTERCTL_SCRIPT the script's name. With CLUSTERCTL_RECORD=1 the transcript is written.
func TestScriptsOnLXD(t *testing.T) {
	base, name := os.Getenv("CLUSTERCTL_LAB"), os.Getenv("CLUSTERCTL_SCRIPT")
	if base == "" || name == "" {
		t.Skip("CLUSTERCTL_LAB and CLUSTERCTL_SCRIPT say where real daemons are and what to run")
	}
	clients := map[string]*http.Client{}
	for _, m := range []string{"n1", "n2", "n3", "n4"} {
		socket := filepath.Join(base, m, "dir", "unix.socket")
		clients[m] = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", socket)
		}}}
	}
	got := transcript(t, name, func(m string) *http.Client { return clients[m] })
	golden := filepath.Join("testdata", name+".lxd")
	if os.Getenv("CLUSTERCTL_RECORD") == "1" {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	compare(t, golden, got)
}
