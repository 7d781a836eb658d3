package layout

import (
	"context"
	"database/sql"
	_ "embed" // for the statements
	"fmt"
)

// What a daemon of LXD 5.0.2 says of itself in its row of the table nodes, as schema60.sql has it.
const (
	Version    = 60
	Extensions = 318
)

// Execer is what a *sql.DB, *sql.Tx or *sql.Conn can do.
type Execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

//go:embed schema60.sql
var clusterTables string

//go:embed schema42.sql
var localTables string

// Create creates the tables of the cluster's database and the rows that a fresh daemon has: the member "none" at
// 0.0.0.0 (id 1, x86_64) in the cluster group "default", the project and profile "default", and no configuration.
// The database must be empty; on failure it is left half made unless db is a transaction.
func Create(ctx context.Context, db Execer) error { return run(ctx, db, clusterTables) }

// CreateLocal creates the tables of a member's own database, without rows but for its version.
// The database must be empty, as for Create.
func CreateLocal(ctx context.Context, db Execer) error { return run(ctx, db, localTables) }

func run(ctx context.Context, db Execer, statements string) error {
	if _, err := db.ExecContext(ctx, statements); err != nil {
		return fmt.Errorf("creating the tables: %w", err)
	}
	return nil
}
