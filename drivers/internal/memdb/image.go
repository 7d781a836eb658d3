package memdb

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"modernc.org/sqlite"
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

// journalModes are the bytes of a database file that say whether it has a write-ahead log beside it: 1 is none.
const journalModes, noLog = 18, 1

// Load opens a copy of a database file in memory for questions alone. The file may be anybody's: what
// its schema would run is not trusted.
func Load(ctx context.Context, image []byte) (*sql.DB, error) {
	if len(image) < 100 {
		return nil, errors.New("opening a copy of a database: it has no header")
	}
	db, err := single(ctx, ":memory:")
	if err != nil {
		return nil, err
	}
	if err := deserialize(ctx, db, image,
		"PRAGMA trusted_schema=off; PRAGMA cell_size_check=on; PRAGMA query_only=on"); err != nil {
		return nil, errors.Join(fmt.Errorf("opening a copy of a database: %w", err), db.Close())
	}
	return db, nil
}

// deserialize makes the database of the only connection that of the image, of which SQLite makes a copy.
func deserialize(ctx context.Context, db *sql.DB, image []byte, settings string) error {
	if image[journalModes] != noLog || image[journalModes+1] != noLog {
		image = bytes.Clone(image)
		image[journalModes], image[journalModes+1] = noLog, noLog
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	err = conn.Raw(func(c any) error { return c.(interface{ Deserialize([]byte) error }).Deserialize(image) })
	if err == nil {
		_, err = conn.ExecContext(ctx, settings)
	}
	return errors.Join(err, conn.Close())
}

// Temporary opens an empty database that has no name: SQLite keeps some pages in memory, and the rest, once there is
// more, in a file that only this user can read and that is unlinked as soon as it is open (in SQLITE_TMPDIR, TMPDIR or
// /var/tmp). It has a single connection, so a transaction must end before the next query begins; foreign keys are not
// enforced. Close forgets it.
func Temporary(ctx context.Context) (*sql.DB, error) { return single(ctx, "") }

// single opens a database of a single connection.
func single(ctx context.Context, name string) (*sql.DB, error) {
	functions()
	q := url.Values{"_pragma": {"journal_mode(memory)", "synchronous(off)", "cache_size(-8192)"}}
	connector, err := sqlite.NewConnector("file:" + name + "?" + q.Encode())
	if err != nil {
		return nil, fmt.Errorf("opening a temporary database: %w", err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening a temporary database: %w", err), db.Close())
	}
	return db, nil
}
