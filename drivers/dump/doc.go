// Package dump reads a saved copy of a cluster's database: the SQL text that `lxd sql global .dump` prints, that
// GET /internal/sql gives, and that `clusterctl upgrade` saves. It is a [drivers.Backend] without a cluster behind it.
//
// A dump comes from somewhere else. The text is cut into statements here, and SQLite runs those that make tables and
// add rows, in a database without a name that refuses everything else ([memdb.Guard]); no SELECT is among them. What an
// index, a view or a trigger says is passed over. There [rows.Read] finds the same objects as in a live one. What
// does not fit into its memory is in a file that is unlinked while it is open, see [memdb.Temporary].
//
// Decisions (2026-11-28):
//   - The newest heartbeat is "now". A dump is older than today, and by today's clock every member would be offline.
//   - Whatever a dump cannot tell is said in Facts.Unseen, so that a plan, a status or an export says it too.
//   - A dump of a member's own database (`lxd sql local .dump`) may follow in the same file. It has the Raft roles, which
//     the cluster's does not; nothing else is taken from it.
//   - A text that has both line feeds and \n comes out with line feeds alone: LXD 5.0.2 writes both as \n inside
//     replace(...). Plans know of it, an export cannot.
//   - The database file (db.bin beside db.bin-wal) is not read, and told from a dump: sqlite3 makes SQL text of it, which
//     people can look at, shorten and send.
//   - Errors name lines and tables, never what stands there: a dump has keys, hashes and certificates in it.
package dump
