package memdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"modernc.org/sqlite"
)

// Memory opens a database that is in memory alone: a copy of an image, or empty without one. It has a single
// connection, so a View must not begin within an Update, nor another way round; Connect is not for it.
func Memory(ctx context.Context, image []byte) (*DB, error) {
	functions()
	q := url.Values{"_foreign_keys": {"1"}, "_synchronous": {"OFF"}, "_time_format": {"sqlite"},
		"_pragma": {"journal_mode(memory)", "temp_store(memory)"}}
	connector, err := sqlite.NewConnector("file::memory:?" + q.Encode())
	if err != nil {
		return nil, fmt.Errorf("opening a database in memory: %w", err)
	}
	pool := sql.OpenDB(keeping{connector})
	pool.SetMaxOpenConns(1)
	db := &DB{readers: pool, writer: pool}
	if len(image) > 0 {
		err = deserialize(ctx, pool, image, "PRAGMA foreign_keys=on")
	} else {
		err = pool.PingContext(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening a database in memory: %w", err), db.Close())
	}
	return db, nil
}
