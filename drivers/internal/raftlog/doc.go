// Package raftlog reads the files in which dqlite and cowsql keep a member's copy of the database, whether a daemon
// runs or not: the Raft log in segments, the snapshot before it, and the SQLite database that both add up to. It only
// takes apart bytes that somebody else has read, and changes nothing. dqlite's own call that tells the last entry may
// change the folder (dqlite 1.18, include/dqlite.h dqlite_node_describe_last_entry).
//
// The files come from a machine after a crash: nothing in them is trusted, no size is believed, and what is read is
// bounded.
//
// [Choose] says which files are needed, [Decode] reads the log, [Log.Database] replays it, [Log.Servers] tells who is
// in its configuration.
//
// Decisions:
//
// 2026-11-28. A batch at the end of an open segment that is not whole was never acknowledged: it does not count, as in
// raft itself (canonical/raft 0.22, src/uv_segment.c). Everything else that is not as it should be is an error: raft's
// own repair sets segments aside, and the log that is left then is not the one that the others know.
//
// 2026-11-28. All entries count, committed or not: the only voter of a recovered database commits all that it has.
package raftlog
