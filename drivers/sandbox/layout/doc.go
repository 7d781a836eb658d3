// Package layout creates the databases of an LXD 5.0.2 cluster, empty but for what a fresh daemon has: the cluster's
// own database as schema 60 lays it out, and the node-local one as schema 42 does. Names, types, nullability, unique
// constraints and foreign keys are LXD's, since the rest of clusterctl reads them; a test compares them with a real
// daemon's. The statements are SQL in schema60.sql and schema42.sql.
package layout
