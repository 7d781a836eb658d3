package layout

import (
	"context"
	"database/sql"
	"errors"
)

// Versions of the schemas, as the daemon's schema tables say (lxd 5.0.2).
const (
	Version      = 60
	LocalVersion = 42
)

// Execer is what a *sql.DB, *sql.Tx or *sql.Conn can do.
type Execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// Create creates the tables of the cluster's database and the rows a fresh daemon has: the member "none" at 0.0.0.0,
// the project, profile and cluster group "default", and no configuration. The database must be empty; on failure
// it is left half made unless db is a transaction.
func Create(ctx context.Context, db Execer) error { return errors.ErrUnsupported }

// CreateLocal creates the tables of a member's own database, without rows but for its version.
func CreateLocal(ctx context.Context, db Execer) error { return errors.ErrUnsupported }
