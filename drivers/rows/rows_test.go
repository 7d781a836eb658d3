package rows_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterctl/drivers/internal/memdb"
	"clusterctl/drivers/rows"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var now = time.Date(2026, 11, 23, 7, 33, 0, 0, time.UTC)

// database is a database filled from SQL texts; it counts the statements that are run.
type database struct {
	db         *memdb.DB
	statements []string
}

func open(t testing.TB, scripts ...string) *database {
	t.Helper()
	db, err := memdb.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for _, script := range scripts {
		err := db.Update(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.ExecContext(t.Context(), script)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return &database{db: db}
}

func file(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (d *database) Query(ctx context.Context, statement string) (out [][]rows.Cell, err error) {
	d.statements = append(d.statements, statement)
	err = d.db.View(ctx, func(tx *sql.Tx) error {
		out, err = rows.SQL(tx).Query(ctx, statement)
		return err
	})
	return out, err
}

func TestReadTurnsRowsIntoObjects(t *testing.T) {
	t.Parallel()
	db := open(t, file(t, "schema60.sql"), file(t, "cluster.sql"))
	got, err := rows.Read(t.Context(), db, kinds.Registry(), now)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(struct {
		Objects []schema.Object
		Facts   schema.Facts
	}{got.Objects(), got.Facts}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "cluster.json")
	if *update {
		if err := os.WriteFile(golden, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(file(t, "cluster.json"), string(text)+"\n"); diff != "" {
		t.Errorf("objects differ (-want +got); -update rewrites the file:\n%s", diff)
	}
}

// TestReadBuckets is about a kind that LXD 5.0 lacks: its tables are read where there are some.
func TestReadBuckets(t *testing.T) {
	t.Parallel()
	db := open(t, file(t, "schema60.sql"), file(t, "cluster.sql"), `
		CREATE TABLE storage_buckets (id INTEGER PRIMARY KEY, name TEXT NOT NULL, storage_pool_id INTEGER NOT NULL, node_id INTEGER,
			description TEXT NOT NULL, project_id INTEGER NOT NULL);
		CREATE TABLE storage_buckets_config (id INTEGER PRIMARY KEY, storage_bucket_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT);
		INSERT INTO storage_buckets VALUES (1, 'media', 1, 2, 'Films', 1);
		INSERT INTO storage_buckets_config (storage_bucket_id, key, value) VALUES (1, 'size', '1GiB')`)
	got, err := rows.Read(t.Context(), db, kinds.Registry().For(schema.JudgedIncus), now)
	if err != nil {
		t.Fatal(err)
	}
	bucket, there := got.Get(schema.Ref{Kind: "storage_bucket", Project: "default", Name: "local/media"})
	if _, here := bucket.Members["node2"]; !there || !here || bucket.Members["node2"].Attrs["description"] != "Films" ||
		bucket.Members["node2"].Config["size"] != "1GiB" {
		t.Errorf("got %+v, want it on node2", bucket)
	}
}

// TestCountsWhatNoKindReads is about tables of named things, and of members and pools, that clusterctl knows nothing
// of.
func TestCountsWhatNoKindReads(t *testing.T) {
	t.Parallel()
	db := open(t, file(t, "schema60.sql"), file(t, "cluster.sql"), `
		CREATE TABLE beacons (id INTEGER PRIMARY KEY, node_id INTEGER);
		CREATE TABLE buoys (id INTEGER PRIMARY KEY, storage_pool_id INTEGER);
		CREATE TABLE lamps (id INTEGER PRIMARY KEY, node_id INTEGER);
		CREATE TABLE reefs (id INTEGER PRIMARY KEY, name TEXT);
		CREATE TABLE reefs_devices (id INTEGER PRIMARY KEY, name TEXT);
		CREATE TABLE tides (id INTEGER PRIMARY KEY, value TEXT);
		INSERT INTO reefs VALUES (1, 'a'), (2, 'b');
		INSERT INTO reefs_devices VALUES (1, 'a');
		INSERT INTO tides VALUES (1, 'a');
		INSERT INTO beacons VALUES (1, 2), (2, 2), (3, NULL);
		INSERT INTO buoys VALUES (1, 1)`)
	got, err := rows.Read(t.Context(), db, kinds.Registry(), now)
	if err != nil {
		t.Fatal(err)
	}
	want := []schema.Uncovered{{Table: "beacons", Rows: 1}, {Table: "beacons", Member: "node2", Rows: 2},
		{Table: "buoys", Rows: 1}, {Table: "reefs", Rows: 2}}
	if diff := cmp.Diff(want, got.Facts.Uncovered); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[1:2], got.Facts.UncoveredOn("node2")); diff != "" {
		t.Errorf("on node2 (-want +got):\n%s", diff)
	}
}

func TestReadRunsTwoStatements(t *testing.T) {
	t.Parallel()
	db := open(t, file(t, "schema60.sql"), file(t, "cluster.sql"), `
		WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i+1 FROM n WHERE i < 1000)
		INSERT INTO profiles SELECT i, 'p' || i, '', 1 FROM n`)
	got, err := rows.Read(t.Context(), db, kinds.Registry(), now)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got.OfKind(schema.KindProfile)); n != 994 || len(db.statements) != 2 {
		t.Errorf("got %d profiles in %d statements, want 994 in 2", n, len(db.statements))
	}
}

func TestReadUsesTheDatabasesClock(t *testing.T) {
	t.Parallel()
	db := open(t, file(t, "schema60.sql"), `
		INSERT INTO nodes VALUES (1, 'node1', '', '10.0.0.1:8443', 60, 318, strftime('%Y-%m-%d %H:%M:%f', 'now', '-3 seconds'), 0, 2, NULL)`)
	got, err := rows.Read(t.Context(), db, kinds.Registry(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	m := got.Facts.Members["node1"]
	if !m.Online || m.HeartbeatAge < 3*time.Second || m.HeartbeatAge > 15*time.Second {
		t.Errorf("got online %v with a heartbeat of %s ago, want online and about 3s", m.Online, m.HeartbeatAge)
	}
}

func TestReadKeepsSecretsIn(t *testing.T) {
	t.Parallel()
	db := open(t, file(t, "schema60.sql"), file(t, "cluster.sql"))
	got, err := rows.Read(t.Context(), db, kinds.Registry(), now)
	if err != nil {
		t.Fatal(err)
	}
	server, _ := got.Get(schema.Ref{Kind: schema.KindServer, Name: schema.ServerName})
	network, _ := got.Get(schema.Ref{Kind: schema.KindNetwork, Project: "default", Name: "br0"})
	for at, value := range map[string]string{
		"core.trust_password":  server.Config["core.trust_password"],
		"bgp.peers.a.password": network.Config["bgp.peers.a.password"],
	} {
		if value != schema.SecretIsSet {
			t.Errorf("%s: got %q, want %q", at, value, schema.SecretIsSet)
		}
	}
	if !rows.VerifyTrustPassword(got.Facts.TrustPasswordHash.Reveal(), "sekret") {
		t.Error("the hash of the trust password does not fit the password")
	}
}

func TestReadToleratesOtherSchemas(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ change, unseen string }{
		"missing table":        {`DROP TABLE storage_pools`, "storage pool not read: the database has no storage_pools\nstorage volume not read: the database has no storage_pools"},
		"missing column":       {`ALTER TABLE networks DROP COLUMN description`, "network description not read: the database has no networks.description"},
		"missing config":       {`DROP TABLE projects_config`, "project configuration not read: the database has no projects_config"},
		"missing devices":      {`DROP TABLE profiles_devices`, "profile devices not read: the database has no profiles_devices"},
		"missing parts":        {`DROP TABLE networks_nodes`, "network members not read: the database has no networks_nodes"},
		"missing groups":       {`DROP TABLE nodes_cluster_groups`, "groups of members not read: the database has no nodes_cluster_groups"},
		"missing architecture": {`ALTER TABLE nodes DROP COLUMN arch`, "member arch not read: the database has no nodes.arch"},
		"missing members":      {`DROP TABLE nodes`, "members not read: the database has no nodes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, file(t, "schema60.sql"), file(t, "cluster.sql"), c.change)
			got, err := rows.Read(t.Context(), db, kinds.Registry(), now)
			if err != nil {
				t.Fatal(err)
			}
			if unseen := schema.Texts(got.Facts.Unseen); unseen != c.unseen {
				t.Errorf("unseen:\ngot  %s\nwant %s", unseen, c.unseen)
			}
			if _, ok := got.Get(schema.Ref{Kind: schema.KindProfile, Project: "default", Name: "big"}); !ok {
				t.Error("what is there was not read")
			}
		})
	}
}

func TestReadSaysThatAServerIsNotClustered(t *testing.T) {
	t.Parallel()
	db := open(t, file(t, "schema60.sql"), `INSERT INTO nodes VALUES (1, 'none', '', '0.0.0.0', 60, 318, '2026-11-23 07:32:56+00:00', 0, 2, NULL)`)
	got, err := rows.Read(t.Context(), db, kinds.Registry(), now)
	if err != nil {
		t.Fatal(err)
	}
	if got.Facts.Clustered || len(got.Facts.Members) > 0 || len(got.OfKind(schema.KindMember)) > 0 {
		t.Errorf("got clustered %v with members %v, want a standalone server", got.Facts.Clustered, got.Facts.Members)
	}
}

type broken struct{}

func (broken) Query(context.Context, string) ([][]rows.Cell, error) { return nil, errors.New("gone") }

func TestReadSaysWhatItWasReading(t *testing.T) {
	t.Parallel()
	_, err := rows.Read(t.Context(), broken{}, kinds.Registry(), now)
	if want := "reading the tables of the database: gone"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestVerifyTrustPassword(t *testing.T) {
	t.Parallel()
	// Stored by LXD 5.0.2 for the password "sekret".
	const hash = "a3f7857e63fe4b57860ea2ae7064f9d640e0f09b938b77be033ca3333ec1985e1103800533c7a66235e3a734d1497347b4185a9b4788b3ab1252ce8ae8cbb958bd3cdcfbe04c8f9a22a65589d3cb92ec5f1b3d86379752f5271b0a4e8ee064f4"
	for _, c := range []struct {
		hash, plain string
		want        bool
	}{
		{hash, "sekret", true},
		{hash, "Sekret", false},
		{hash, "", false},
		{"", "", false},
		{"sekret", "sekret", false},
		{hash[:190], "sekret", false},
	} {
		if got := rows.VerifyTrustPassword(c.hash, c.plain); got != c.want {
			t.Errorf("%.8s... with %q: got %v, want %v", c.hash, c.plain, got, c.want)
		}
	}
}

// ragged answers every statement with rows that are too short.
type ragged struct{ rows [][]rows.Cell }

func (r ragged) Query(context.Context, string) ([][]rows.Cell, error) { return r.rows, nil }

func TestShortRowsAreAnError(t *testing.T) {
	t.Parallel()
	const want = "a row has 0 values"
	short := ragged{[][]rows.Cell{{}}}
	_, err := rows.Read(t.Context(), short, kinds.Registry(), now)
	_, heartbeat := rows.NewestHeartbeat(t.Context(), short)
	_, roles := rows.RaftRoles(t.Context(), short)
	for _, err := range []error{err, heartbeat, roles} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
