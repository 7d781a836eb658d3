package memdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Image returns the database as one file would hold it, with nothing in a write-ahead log beside it: a consistent
// snapshot that blocks nobody.
func (db *DB) Image(ctx context.Context) (image []byte, err error) {
	conn, err := db.readers.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("copying the database: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	tx, err := conn.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("copying the database: %w", err)
	}
	defer tx.Rollback() // nothing to keep: the transaction only read
	// SQLite copies page by page; the snapshot begins with the first read of the transaction, not with BEGIN.
	var tables int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(&tables); err != nil {
		return nil, fmt.Errorf("copying the database: %w", err)
	}
	err = conn.Raw(func(c any) error {
		image, err = c.(interface{ Serialize() ([]byte, error) }).Serialize()
		return err
	})
	return image, err
}
