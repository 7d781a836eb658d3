package layout_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/drivers/internal/memdb"
	"clusterctl/drivers/sandbox/layout"
)

// write runs statements and returns the error of the first that fails.
func write(ctx context.Context, db *memdb.DB, statements ...string) error {
	return db.Update(ctx, func(tx *sql.Tx) error {
		for _, s := range statements {
			if _, err := tx.ExecContext(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
}

const secondMember = "INSERT INTO nodes (id, name, description, address, schema, api_extensions, arch)" +
	" VALUES (2, 'm2', '', '10.0.0.2:8443', 60, 318, 2)"

func TestFreshDatabaseHasTheRowsOfAFreshDaemon(t *testing.T) {
	t.Parallel()
	db := create(t, layout.Servers()[0].Tables)
	got := column(t, db, `SELECT 'schema ' || version FROM schema
		UNION ALL SELECT 'member ' || id || ' ' || name || ' ' || address || ' ' || schema || ' ' || api_extensions || ' ' || state FROM nodes
		UNION ALL SELECT 'group ' || g.name || ' of ' || n.name FROM nodes_cluster_groups l
			JOIN cluster_groups g ON g.id = l.group_id JOIN nodes n ON n.id = l.node_id
		UNION ALL SELECT 'project ' || name FROM projects
		UNION ALL SELECT 'project ' || key || ' ' || value FROM projects_config
		UNION ALL SELECT 'profile ' || name FROM profiles
		UNION ALL SELECT 'config ' || key FROM config`)
	want := []string{
		"schema 60", "member 1 none 0.0.0.0 60 318 0", "group default of none", "project default",
		"project features.images true", "project features.profiles true", "project features.storage.volumes true",
		"project features.networks true", "profile default",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows of a fresh database (-want +got):\n%s", diff)
	}
}

func TestDeletingAMemberDeletesItsParts(t *testing.T) {
	t.Parallel()
	db := create(t, layout.Servers()[0].Tables)
	err := write(t.Context(), db, secondMember,
		"INSERT INTO storage_pools (id, name, driver, description) VALUES (1, 'fast', 'zfs', '')",
		"INSERT INTO storage_pools_nodes (storage_pool_id, node_id) VALUES (1, 1), (1, 2)",
		"INSERT INTO storage_pools_config (storage_pool_id, node_id, key, value) VALUES (1, 2, 'size', '1GiB'), (1, NULL, 'a', 'b')",
		"DELETE FROM nodes WHERE id = 2")
	if err != nil {
		t.Fatal(err)
	}
	got := column(t, db, "SELECT 'node ' || node_id FROM storage_pools_nodes UNION ALL SELECT key FROM storage_pools_config")
	if diff := cmp.Diff([]string{"node 1", "a"}, got); diff != "" {
		t.Errorf("rows left (-want +got):\n%s", diff)
	}
}

func TestDeletingAFailureDomainKeepsItsMembers(t *testing.T) {
	t.Parallel()
	db := create(t, layout.Servers()[0].Tables)
	err := write(t.Context(), db, "INSERT INTO nodes_failure_domains (id, name) VALUES (7, 'rack1')",
		"UPDATE nodes SET failure_domain_id = 7", "DELETE FROM nodes_failure_domains")
	if err != nil {
		t.Fatal(err)
	}
	got := column(t, db, "SELECT name || ' ' || ifnull(failure_domain_id, 'nowhere') FROM nodes")
	if diff := cmp.Diff([]string{"none nowhere"}, got); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
}

func TestSnapshotsAreVolumesWithASlash(t *testing.T) {
	t.Parallel()
	db := create(t, layout.Servers()[0].Tables)
	err := write(t.Context(), db,
		"INSERT INTO storage_pools (id, name, driver, description) VALUES (1, 'fast', 'zfs', '')",
		"INSERT INTO storage_volumes (id, name, storage_pool_id, node_id, type, description, project_id) VALUES (1, 'v', 1, 1, 2, '', 1)",
		"INSERT INTO storage_volumes_snapshots (id, storage_volume_id, name, description) VALUES (2, 1, 's0', '')")
	if err != nil {
		t.Fatal(err)
	}
	got := column(t, db, "SELECT name FROM storage_volumes_all ORDER BY id")
	if diff := cmp.Diff([]string{"v", "v/s0"}, got); diff != "" {
		t.Errorf("volumes (-want +got):\n%s", diff)
	}
}

func TestRowsThatTheDaemonRefuses(t *testing.T) {
	t.Parallel()
	pool := "INSERT INTO storage_pools (id, name, driver, description) VALUES (1, 'fast', 'zfs', '')"
	key := "INSERT INTO storage_pools_config (storage_pool_id, node_id, key, value) VALUES (1, NULL, 'size', '1')"
	volume := "INSERT INTO storage_volumes (id, name, storage_pool_id, type, description, project_id) VALUES (5, 'v', 1, 2, '', 1)"
	for name, c := range map[string]struct {
		rows []string
		want string
	}{
		"same address": {[]string{strings.Replace(secondMember, "10.0.0.2:8443", "0.0.0.0", 1)},
			"UNIQUE constraint failed: nodes.address"},
		"no architecture": {[]string{strings.Replace(secondMember, "318, 2)", "318, 0)", 1)},
			"CHECK constraint failed"},
		"unknown project": {[]string{"INSERT INTO profiles (name, description, project_id) VALUES ('x', '', 9)"},
			"FOREIGN KEY constraint failed"},
		"cluster-wide key twice": {[]string{pool, key, key},
			"UNIQUE constraint failed: index 'storage_pools_unique_storage_pool_id_node_id_key'"},
		"number of a volume": {[]string{pool, volume,
			"INSERT INTO storage_volumes_snapshots (id, storage_volume_id, name, description) VALUES (5, 5, 's', '')"},
			"invalid ID"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := write(t.Context(), create(t, layout.Servers()[0].Tables), c.rows...)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestLocalDatabaseKnowsItsVersion(t *testing.T) {
	t.Parallel()
	db := create(t, layout.Servers()[0].Local)
	if diff := cmp.Diff([]string{"42"}, column(t, db, "SELECT version FROM schema")); diff != "" {
		t.Errorf("version (-want +got):\n%s", diff)
	}
}
