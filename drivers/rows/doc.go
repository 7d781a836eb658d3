// Package rows turns the rows of a cluster database into [schema.Object] values. It knows tables and numbers,
// and no transport: anything that runs a SELECT is a [Querier].
//
// What it reads is data, the [schema.Tables] of each kind. All of it comes in two statements, however many kinds
// and objects there are:
//
//   - one describes the tables, so that a column that this server's schema does not have is left out instead of
//     failing the read;
//   - one is a UNION ALL with a term per table. A single statement is one consistent snapshot by itself, so no
//     transaction has to be opened and closed around it, which saves two round trips (2026-11-23).
//
// The numbers of the database stay inside: node ids become member names here and nowhere else, states and types
// become words. The value of a secret key does not leave the package; see [schema.SecretIsSet].
//
// Sources: LXD 5.0.2, lxd/db/cluster/schema.go (schema 60), lxd/db/node.go.
package rows
