// Package wire is the server's half of the dqlite wire protocol, version 1: what a member answers on an upgraded
// /internal/database connection. A [Handler] says who leads, which members vote and how to reach the database;
// this package does framing, values, statements and errors. The client's half is the real go-dqlite, which judges
// this one in the tests.
//
// The protocol is described by dqlite's own documentation and by how go-dqlite v1.22.0 and dqlite 1.11 to 1.18
// behave; failure codes and texts are dqlite's (src/gateway.c).
//
// An e2e test holds one conversation with this package and with a real daemon and compares every answer. Known
// differences to dqlite 1.11, all outside of what clusterctl does: two statements in one query are refused, as
// dqlite does since 1.14, where 1.11 forgets the second; a query without columns is carried out, as newer ones do,
// where 1.11 fails; an exec that yields rows succeeds, where dqlite fails; a writer waits for another as long as
// the database's busy timeout says, where dqlite 1.11 fails at once.
package wire
