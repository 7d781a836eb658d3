package memdb

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// journalModes are the bytes of a database file that say whether it has a write-ahead log beside it: 1 is none.
const journalModes, noLog = 18, 1

// Load opens a copy of a database file in memory, as Memory does, for questions alone. The file may be anybody's: what
// its schema would run is not trusted.
func Load(ctx context.Context, image []byte) (*sql.DB, error) {
	if len(image) < 100 {
		return nil, errors.New("opening a copy of a database: it has no header")
	}
	db, err := Memory(ctx)
	if err != nil {
		return nil, err
	}
	if err := load(ctx, db, bytes.Clone(image)); err != nil {
		return nil, errors.Join(fmt.Errorf("opening a copy of a database: %w", err), db.Close())
	}
	return db, nil
}

func load(ctx context.Context, db *sql.DB, image []byte) error {
	image[journalModes], image[journalModes+1] = noLog, noLog
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	err = conn.Raw(func(c any) error { return c.(interface{ Deserialize([]byte) error }).Deserialize(image) })
	if err == nil {
		_, err = conn.ExecContext(ctx, "PRAGMA trusted_schema=off; PRAGMA cell_size_check=on; PRAGMA query_only=on")
	}
	return errors.Join(err, conn.Close())
}
