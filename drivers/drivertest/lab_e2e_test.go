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
			world := daemons{}
			for i, m := range l.Members {
				world[[]string{"n1", "n2", "n3"}[i]] = m
			}
			labNet := strings.TrimSuffix(l.Members[0].Address, "11")
			got := transcript(t, strings.ReplaceAll(script(t, name), scriptNet, labNet), world.client, world)
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

// daemons are the members of a lab as Daemons.
type daemons map[string]*lab.Member

func (d daemons) client(member string) *http.Client { return socketClient(d[member].Socket()) }

// Kill implements Daemons.
func (d daemons) Kill(_ context.Context, member string) error { return d[member].KillDaemon() }

// Start implements Daemons.
func (d daemons) Start(ctx context.Context, member string) error { return d[member].StartDaemon(ctx) }

func socketClient(path string) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, // an open connection without a request keeps others out
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		},
	}}
}
