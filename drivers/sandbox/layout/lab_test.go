//go:build e2e && linux

package layout_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/drivers/lab"
	"clusterctl/drivers/lab/labtest"
)

var update = flag.Bool("update", false, "write what the daemon shows to testdata")

// TestGoldensAreTheDaemons compares testdata with a daemon of LXD 5.0.2.
func TestGoldensAreTheDaemons(t *testing.T) {
	t.Parallel()
	daemon := labtest.Start(t, lab.Config{Members: 1}).Members[0]
	for _, d := range databases {
		got := strings.Join(shape(func(q string) []string { return ask(t, daemon.Socket(), d.name, q) }), "\n") + "\n"
		path := filepath.Join("testdata", d.golden)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s is not what the daemon shows (-golden +daemon):\n%s", path, diff)
		}
	}
}

// ask runs a query of one column through the daemon's /internal/sql.
func ask(t *testing.T, socket, database, query string) []string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"database": database, "query": query})
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://lxd/internal/sql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var reply struct {
		Error    string
		Metadata struct {
			Results []struct{ Rows [][]string }
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&reply); err != nil {
		t.Fatal(err)
	}
	if reply.Error != "" || len(reply.Metadata.Results) != 1 {
		t.Fatalf("asking %s for %q: got %+v, want one result", database, query, reply)
	}
	var lines []string
	for _, row := range reply.Metadata.Results[0].Rows {
		lines = append(lines, row[0])
	}
	return lines
}
