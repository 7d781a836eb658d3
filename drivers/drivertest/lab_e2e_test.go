//go:build e2e && linux

package drivertest

import (
	"context"
	"flag"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"clusterctl/drivers/lab"
	"clusterctl/drivers/lab/labtest"
)

var update = flag.Bool("update", false, "write the transcripts of real daemons to testdata")

// scriptNet begins the addresses of n1, n2 and n3 in the scripts: 10.76.1.11 and so on.
const scriptNet = "10.76.1."

// TestScriptsOnLXD holds real daemons against their transcripts, each script on fresh ones.
func TestScriptsOnLXD(t *testing.T) {
	t.Parallel()
	for _, name := range scripts(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := labtest.Start(t, lab.Config{Members: 3})
			clients := map[string]*http.Client{}
			for i, m := range l.Members {
				clients[[]string{"n1", "n2", "n3"}[i]] = socketClient(m.Socket())
			}
			labNet := strings.TrimSuffix(l.Members[0].Address, "11")
			got := transcript(t, strings.ReplaceAll(script(t, name), scriptNet, labNet), func(m string) *http.Client { return clients[m] })
			got = strings.ReplaceAll(got, labNet, scriptNet)
			if *update {
				if err := os.WriteFile(golden(name), []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			compare(t, golden(name), got)
		})
	}
}

func socketClient(path string) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, // an open connection without a request keeps others out
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		},
	}}
}
