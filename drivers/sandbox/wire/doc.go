// Package wire is the server's half of the dqlite wire protocol, version 1: what a member answers on an upgraded
// /internal/database connection. A [Handler] says who leads, which members vote and how to reach the database;
// this package does framing, values and errors. The client's half is the real go-dqlite, which judges this one in the
// tests.
//
// It serves the requests that go-dqlite v1.22.0 sends for drivers/dqlite: who leads, the Raft configuration, opening
// the database, and single queries without parameters. Everything else is refused as dqlite refuses what it does not
// know; nobody prepares statements, writes, dumps or changes the Raft configuration over this protocol.
//
// The protocol is described by dqlite's own documentation and by how go-dqlite v1.22.0 and dqlite 1.11 to 1.18
// behave; failure codes and texts are dqlite's (src/gateway.c). An e2e test holds one conversation with this package
// and with a real daemon and compares every answer.
package wire
