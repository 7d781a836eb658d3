package layout

import (
	"context"
	"database/sql"
	"fmt"
)

// What a daemon of this version says of itself in its nodes row and its schema tables (lxd 5.0.2).
const (
	Version      = 60
	LocalVersion = 42
	Extensions   = 318
)

// Execer is what a *sql.DB, *sql.Tx or *sql.Conn can do.
type Execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// Create creates the tables of the cluster's database and the rows that a fresh daemon has: the member "none" at
// 0.0.0.0 (id 1, x86_64) in the cluster group "default", the project and profile "default", and no configuration.
// The database must be empty; on failure it is left half made unless db is a transaction.
func Create(ctx context.Context, db Execer) error {
	return run(ctx, db, clusterTables(), append(sharedNumbers(), clusterRows()...))
}

// CreateLocal creates the tables of a member's own database, without rows but for its version.
// The database must be empty, as for Create.
func CreateLocal(ctx context.Context, db Execer) error {
	tables := []table{
		schemaTable(),
		{name: "config", columns: []column{varchar("key"), text("value").null()}, unique: []string{"key"}},
		{name: "patches", columns: []column{varchar("name"), date("applied_at")}, unique: []string{"name"}},
		{name: "raft_nodes", columns: []column{text("address"), flag("role"), text("name").or("''")}, unique: []string{"address"}},
		{name: "certificates", columns: []column{text("fingerprint"), number("type"), text("name"), text("certificate")},
			unique: []string{"fingerprint"}},
	}
	return run(ctx, db, tables, []string{versionRow(LocalVersion)})
}

func run(ctx context.Context, db Execer, tables []table, more []string) error {
	for _, t := range tables {
		for _, s := range t.statements() {
			if _, err := db.ExecContext(ctx, s); err != nil {
				return fmt.Errorf("creating table %s: %w", t.name, err)
			}
		}
	}
	for _, s := range more {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("running %q: %w", s, err)
		}
	}
	return nil
}

// now is the current second in the spelling of LXD's own driver, computed by SQLite.
const now = "strftime('%Y-%m-%d %H:%M:%S+00:00', 'now')"

func versionRow(version int) string {
	return fmt.Sprintf("INSERT INTO schema (version, updated_at) VALUES (%d, %s)", version, now)
}

// clusterRows are the rows of a daemon that was never configured (lxd 5.0.2, "lxd sql global .dump").
func clusterRows() []string {
	return []string{
		versionRow(Version),
		fmt.Sprintf("INSERT INTO nodes (name, description, address, schema, api_extensions, heartbeat, arch)"+
			" VALUES ('none', '', '0.0.0.0', %d, %d, %s, 2)", Version, Extensions, now),
		"INSERT INTO cluster_groups (name, description) VALUES ('default', 'Default cluster group')",
		"INSERT INTO nodes_cluster_groups (node_id, group_id) VALUES (1, 1)",
		"INSERT INTO projects (name, description) VALUES ('default', 'Default LXD project')",
		"INSERT INTO projects_config (project_id, key, value) VALUES (1, 'features.images', 'true')," +
			" (1, 'features.profiles', 'true'), (1, 'features.storage.volumes', 'true'), (1, 'features.networks', 'true')",
		"INSERT INTO profiles (name, description, project_id) VALUES ('default', 'Default LXD profile', 1)",
	}
}
