package memdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// busyTimeout is how long a connection waits for another's write transaction, in milliseconds.
const busyTimeout = 5000

// DB is one SQLite database. It is safe for use by several goroutines and, when it is a file, by several processes.
type DB struct {
	connector driver.Connector
	readers   *sql.DB
	writer    *sql.DB
	// folder is the private folder of a database without a path; Close removes it.
	folder string
}

// Open opens the database file at path and creates it when it is missing. With an empty path the database is
// private and temporary: nothing of it is left after Close, and its writes do not wait for the disk.
func Open(ctx context.Context, path string) (*DB, error) {
	db := &DB{}
	synchronous := "NORMAL"
	if path == "" {
		folder, err := os.MkdirTemp("", "memdb-")
		if err != nil {
			return nil, fmt.Errorf("opening a temporary database: %w", err)
		}
		db.folder, path, synchronous = folder, filepath.Join(folder, "db"), "OFF"
	}
	if err := db.open(ctx, path, synchronous); err != nil {
		return nil, errors.Join(fmt.Errorf("opening database %s: %w", path, err), db.Close())
	}
	return db, nil
}

// open makes the pools. The writer comes first: it creates the file and switches it to a write-ahead log.
func (db *DB) open(ctx context.Context, path, synchronous string) error {
	functions()
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) // SQLite itself would let everybody read it
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		return err
	}
	if db.connector, err = sqlite.NewConnector(dsn(path, synchronous, nil)); err != nil {
		return err
	}
	writer, err := sqlite.NewConnector(dsn(path, synchronous, url.Values{"_txlock": {"immediate"}}))
	if err != nil {
		return err
	}
	db.writer = sql.OpenDB(writer)
	db.writer.SetMaxOpenConns(1)
	if err := db.writer.PingContext(ctx); err != nil {
		return err
	}
	reader, err := sqlite.NewConnector(dsn(path, synchronous, url.Values{"_query_only": {"1"}}))
	if err != nil {
		return err
	}
	db.readers = sql.OpenDB(reader)
	return nil
}

// dsn spells the address of a database. Times are written as LXD's own driver writes them
// (2006-01-02 15:04:05.999999999-07:00).
func dsn(path, synchronous string, more url.Values) string {
	q := url.Values{
		"_busy_timeout": {fmt.Sprint(busyTimeout)},
		"_foreign_keys": {"1"},
		"_journal_mode": {"WAL"},
		"_synchronous":  {synchronous},
		"_time_format":  {"sqlite"},
	}
	for k, v := range more {
		q[k] = v
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(),
		RawQuery: q.Encode()}).String()
}

// View runs fn in a read transaction: all that it reads is one consistent snapshot, and it blocks nobody.
// The error is fn's own, or SQLite's.
func (db *DB) View(ctx context.Context, fn func(tx *sql.Tx) error) error {
	tx, err := db.readers.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning to read: %w", err)
	}
	defer tx.Rollback() // nothing to keep: the transaction only read
	return fn(tx)
}

// Query asks one question outside of any transaction: its answer is consistent in itself. The caller closes the rows.
func (db *DB) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return db.readers.QueryContext(ctx, query, args...)
}

// Update runs fn in the only write transaction and commits it when fn returns nil; otherwise, when it panics, too, nothing
// is changed.
// It waits for other writers, those of other processes for at most five seconds.
func (db *DB) Update(ctx context.Context, fn func(tx *sql.Tx) error) error {
	tx, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning to write: %w", err)
	}
	defer tx.Rollback() // over already, unless fn panics: others would wait for ever
	if err := fn(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	return nil
}

// Connect opens a bare connection with transactions of its own, for one goroutine at a time. The caller closes it.
func (db *DB) Connect(ctx context.Context) (driver.Conn, error) {
	return db.connector.Connect(ctx)
}

// Close ends all connections but those of Connect, and removes a temporary database.
func (db *DB) Close() error {
	var errs []error
	for _, pool := range []*sql.DB{db.readers, db.writer} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	if db.folder != "" {
		errs = append(errs, os.RemoveAll(db.folder))
	}
	return errors.Join(errs...)
}

// Reason returns SQLite's extended result code and its message without the library's frame: for a
// row that exists already 2067 and "UNIQUE constraint failed: nodes.name". An error that is not SQLite's has the
// code 1 and its own text.
func Reason(err error) (code int, text string) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 1, err.Error()
	}
	// The library writes "KIND: MESSAGE (CODE)", or "KIND (CODE)" when there is no message of its own.
	text = strings.TrimSuffix(e.Error(), " (SQLITE_BUSY)")
	text = strings.TrimSuffix(text, fmt.Sprintf(" (%d)", e.Code()))
	if _, message, found := strings.Cut(text, ": "); found {
		text = message
	}
	return e.Code(), text
}

// longest is the largest text in bytes that a guarded connection makes or takes.
const longest = 64 << 20

// filling are what SQLite does when it makes tables and indexes and fills them.
var filling = []sqlite.AuthorizerActionCode{sqlite.AuthTransaction, sqlite.AuthCreateTable, sqlite.AuthCreateIndex,
	sqlite.AuthReindex, sqlite.AuthInsert, sqlite.AuthSelect, sqlite.AuthRead}

// calls are the functions in the values of a dump, and in the defaults and rules of LXD's tables.
var calls = []string{"replace", "char", "unistr", "current_timestamp", "strftime", "datetime", "length", "lower"}

// Guard has SQLite refuse on that connection whatever does not make a table or an index or fill one: nothing is
// attached, loaded, changed or removed, and only a few functions are called. It is for SQL that somebody else has
// written, until Unguard.
func Guard(conn *sql.Conn) error {
	_, err := sqlite.Limit(conn, sqlite3.SQLITE_LIMIT_LENGTH, longest)
	return errors.Join(err, authorize(conn, func(action sqlite.AuthorizerActionCode, one, two, _, _ string,
	) sqlite.AuthorizerReturnCode {
		switch {
		case slices.Contains(filling, action),
			action == sqlite.AuthUpdate && one == "sqlite_master", // where tables are noted
			action == sqlite.AuthFunction && slices.Contains(calls, strings.ToLower(two)):
			return sqlite.AuthorizerOK
		}
		return sqlite.AuthorizerDeny
	}))
}

// Unguard takes the guard off.
func Unguard(conn *sql.Conn) error { return authorize(conn, nil) }

func authorize(conn *sql.Conn, fn sqlite.AuthorizerFn) error {
	return conn.Raw(func(c any) error { return c.(sqlite.AuthorizerRegisterer).RegisterAuthorizer(fn) })
}
