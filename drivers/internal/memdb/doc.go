// Package memdb opens SQLite databases. It is the only package that imports a SQLite library (modernc.org/sqlite,
// pure Go, so that CGO_ENABLED=0 works on every system); everybody else sees database/sql.
//
// A [DB] has many readers and one writer, as a dqlite database has: each View is one consistent snapshot, each
// Update one immediate write transaction, and Connect gives a bare connection with transactions of its own for the
// dqlite wire protocol. Foreign keys are enforced, since LXD relies on ON DELETE CASCADE.
//
// Decision (2026-11-23): a database "in memory" is a file in a private temporary folder. SQLite's memory databases
// have no write-ahead log, so a reader in a transaction would block every writer, which no dqlite database does.
package memdb
