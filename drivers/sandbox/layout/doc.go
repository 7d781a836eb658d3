// Package layout has what differs between the servers that the sandbox plays, as data: servers.tsv names them, the SQL
// files create their databases, empty but for what a fresh daemon has, and *.extensions are what their API says of
// itself. The files collections-*.sql have the kinds of objects that are served from the database alone. Names,
// types, nullability, unique constraints and foreign keys of tables are the daemons', since the rest of clusterctl
// reads them; a test compares them with a daemon's and with recordings. The statements are written by us.
package layout
