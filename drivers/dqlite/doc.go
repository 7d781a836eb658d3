// Package dqlite connects to the live database of a cluster, over HTTPS to a member, with go-dqlite's wire protocol.
// A [DB] runs SELECTs; what they mean is the business of drivers/rows.
//
// A daemon lets whoever holds a member's own certificate (server.crt, server.key) into /internal/database. Its
// certificate is pinned to cluster.crt, so a key is never shown to somebody else's server.
//
// What it costs, counted as [DB.RoundTrips] does, from a member that is not the leader:
//
//	3  connect, TLS, GET /internal/database on any member: who leads
//	2  connect, TLS with the leader (none when the member asked leads: the same connection goes on)
//	1  POST /internal/sql: the Raft roles, from the leader's own database
//	1  POST /internal/database: the connection becomes a dqlite connection
//	3  dqlite: leader, client, open
//	1  per SELECT
//
// With the two SELECTs of drivers/rows that is 12, or 10 when the member asked leads, at any number of objects.
//
// Decisions (2026-11-23):
//   - client.FindLeader is not used: it dials every member several times (about 40 ms) where one GET does.
//   - No transaction: a SELECT is a snapshot by itself, and BEGIN and its end are two round trips.
//   - go-dqlite's driver is used through a connector; nothing is registered with database/sql.
//   - The Raft roles come from the table raft_nodes, which the leader renews with each heartbeat, because the dqlite
//     client's answer needs a connection of its own (five round trips). [Cluster] asks dqlite itself.
//
// Sources: LXD 5.0.2, lxd/cluster/gateway.go (HandlerFuncs), lxd/api_internal.go; the same in Incus 6.0.4.
package dqlite
