// Package sandbox is a pretend LXD or Incus world of a few members inside the process. clusterctl reaches it with the
// same rest, dqlite and ssh packages as a real cluster: real TLS, a real SSH server, the real dqlite wire protocol.
//
// It is a judge: what it knows of LXD comes from measurements on real daemons (see package drivertest), never from
// the tables the planner uses. It therefore never imports plan, apply or schema/kinds.
//
// A [World] has members, each with a database of its own until it is clustered; a cluster's members share one. The
// tables, laid out as LXD's, are the state: the REST handlers read and write them, and whoever comes in over dqlite
// reads them. A member listens on one loopback port for HTTPS and one for SSH. The addresses in the configuration
// (core.https_address) may be any: the world's own network, reached through the SSH servers, knows who has which.
//
// Texts and status codes of about 900 calls are compared with recordings of real daemons in every go test. What is not
// there: what clusterctl never asks for, such as events, warnings and new names of anything but members; snapshots,
// backups, exec and files of instances, OVN's own objects, images in two parts, and time itself: joins and
// operations take none unless a [Fault] says so. Sources of pools always exist, but for those below /nonexistent;
// image servers have every image, but for aliases that begin with "nothere" and servers below .invalid, which are out
// of reach. Where LXD waits for a database without quorum and then fails, the sandbox fails at once in the same words.
//
// Of the commands of a host it knows those by which clusterctl recovers, upgrades, stops and starts daemons. The
// members of a cluster share one database: the copy of a member that died earlier has fewer entries, and the newest
// rows.
//
// What is read, stored and refused of every kind of objects is SQL in package layout (see [layout.Collection]), and
// collection.go serves them all. What handlers do beyond rows, such as the phases of pools and networks, stands in one
// table, beyondRows.
//
// Handlers speak as LXD 5.0.2 does. What other servers say, show and do otherwise is data in package layout: their
// tables, lists of keys, words, fields, and answers that come of the database alone. dialect.go puts it in.
//
// Decisions:
//   - 2026-11-23: a member that was killed loses operations and tokens at once, as the daemon's memory does; what had
//     reached the database stays.
//   - 2026-11-23: heartbeats are written every two seconds instead of every half offline_threshold; a reader cannot
//     tell, and nobody waits.
//   - 2026-11-23: one lock for the whole world and one transaction for each request: handlers stay straight-line code.
//   - 2026-11-23: time moves by ageing what is stored ([World.Advance]), since readers of the database compare it with
//     the machine's own clock.
//   - 2026-11-23: image files are hashed and looked into as they come and not kept, since nothing is ever started from
//     them; what LXD unpacks with other programs (xz, zstd, squashfs) is taken unseen.
//   - 2026-11-23: no background process is needed: a world in a folder is opened again by each command, with the same
//     ports and keys.
package sandbox
