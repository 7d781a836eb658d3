// Package wire is the server's half of the dqlite wire protocol, version 1: what a member answers on an upgraded
// /internal/database connection. A [Handler] says who leads, which members vote and how to reach the database;
// this package does framing, values, statements and errors. The client's half is the real go-dqlite, which judges
// this one in the tests.
//
// The protocol is described by dqlite's own documentation and by how go-dqlite v1.22.0 and dqlite 1.11 to 1.18
// behave; failure codes and texts are dqlite's (src/gateway.c).
package wire
