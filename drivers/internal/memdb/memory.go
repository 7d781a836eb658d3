package memdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"modernc.org/sqlite"
)

// Memory opens an empty database that is nowhere but in memory: nothing of what is written to it reaches a disk, not
// even while it sorts. It has a single connection, so a transaction must end before the next query begins; foreign
// keys are not enforced. Close forgets it.
func Memory(ctx context.Context) (*sql.DB, error) {
	q := url.Values{"_pragma": {"journal_mode(memory)", "synchronous(off)", "temp_store(memory)"}}
	connector, err := sqlite.NewConnector("file::memory:?" + q.Encode())
	if err != nil {
		return nil, fmt.Errorf("opening a database in memory: %w", err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening a database in memory: %w", err), db.Close())
	}
	return db, nil
}
