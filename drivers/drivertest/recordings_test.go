package drivertest

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"clusterctl/drivers"
	"clusterctl/drivers/dump"
	"clusterctl/drivers/rest"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// recorded answers as the server of a recording did; lists over all projects are told apart by project.
type recorded string

func (r recorded) Do(_ context.Context, c drivers.Call) (drivers.Reply, error) {
	base := strings.ReplaceAll(strings.TrimPrefix(c.Path, "/"), "/", "_")
	if unescaped, err := url.PathUnescape(base); err == nil {
		base = unescaped
	}
	name := base
	if target := c.Query["target"]; target != "" {
		name += ".target=" + target
	}
	project := c.Query["project"]
	if data, err := os.ReadFile(filepath.Join(string(r), name+".project="+project+".json")); err == nil && project != "" {
		return drivers.Reply{Status: 200, Metadata: data}, nil
	}
	data, err := os.ReadFile(filepath.Join(string(r), name+".json"))
	if err != nil {
		return drivers.Reply{}, &drivers.Error{Kind: drivers.NotFound, Op: c.Path, Err: err}
	}
	var list []map[string]any
	if project != "" && json.Unmarshal(data, &list) == nil {
		own := schema.Filter(list, func(e map[string]any) bool { return e["project"] == nil || e["project"] == project })
		data, err = json.Marshal(append([]map[string]any{}, own...))
	}
	return drivers.Reply{Status: 200, Metadata: data}, err
}

func readDump(t *testing.T, file string, reg schema.Registry) schema.Cluster {
	t.Helper()
	input, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	saved, err := dump.Open(t.Context(), dump.Config{Input: input, Registry: reg})
	if err != nil {
		t.Fatal(err)
	}
	got, err := saved.Read(t.Context())
	if err := errors.Join(err, saved.Close(), input.Close()); err != nil {
		t.Fatal(err)
	}
	return got
}

// isRecorded leaves out what the answers lack: volumes of projects, keys of buckets, configuration of cluster groups,
// and on Incus a network of OVN that did not come up.
func isRecorded(o schema.Object) bool {
	return o.Ref.Kind != "storage_bucket_key" && o.Ref.Name != "ovn0" && (o.Ref != schema.Ref{Kind: schema.KindGroup, Name: "fast"}) &&
		(o.Ref.Kind != schema.KindVolume || o.Ref.Project == schema.DefaultProject)
}

// TestRecordedReaders holds the two readers against each other, for kinds that the sandbox does not have, where
// CLUSTERCTL_RECORDINGS names a folder with the answers and databases of real clusters.
func TestRecordedReaders(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("CLUSTERCTL_RECORDINGS")
	if folder == "" {
		t.Skip("CLUSTERCTL_RECORDINGS names no folder of recordings")
	}
	dumps, err := filepath.Glob(filepath.Join(folder, "*", "dump.sql"))
	if err != nil || len(dumps) < 6 {
		t.Fatalf("got %d recordings: %v", len(dumps), err)
	}
	for _, file := range dumps {
		at := filepath.Dir(file)
		t.Run(filepath.Base(at), func(t *testing.T) {
			t.Parallel()
			server, _ := schema.ParseServer(filepath.Base(at))
			reg := kinds.Registry().For(server)
			stored := readDump(t, file, reg)
			shown, err := rest.Read(t.Context(), recorded(at), reg, false)
			if err != nil {
				t.Fatal(err)
			}
			for _, kind := range reg.All() {
				compared := func(c schema.Cluster) []schema.Object { return schema.Filter(c.OfKind(kind.Name), isRecorded) }
				if diff := cmp.Diff(compared(stored), compared(shown), cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("%s (-database +REST):\n%s", kind.Name, diff)
				}
			}
		})
	}
}
