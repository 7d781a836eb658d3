// Package remote is a real cluster: the members of a preseed, each reached over SSH, HTTPS or a unix socket, and the
// database that they share. It puts the packages ssh, rest, dqlite and rows together and holds what outlives one
// call: connections, key material, certificates that are trusted.
//
// Read asks every member once, in parallel, and reads the database: through the daemon behind the first socket that is
// reached (POST /internal/sql, the same two SELECTs), which takes no key and three round trips; in dqlite's own
// protocol with the key of any member whose files can be read where that fails or the daemon does not answer. Both give
// the same objects and facts (drivers/drivertest). What was read before all members were asked counts only where all
// are at work, and no join is under way: otherwise it is read once more, after them. Over HTTPS alone it reads the REST
// API of one member. Of servers that are in no cluster only the one that bootstraps is read. A member that cannot be
// reached is a fact.
//
// Which HTTPS certificates are accepted. LXD serves server.crt until a member is clustered and cluster.crt, the same
// on all members, from then on, so a pin goes out of date when the tool does its work. Accepted are:
//
//   - the fingerprint in the preseed, the one that a certificate token carries, the certificate that a join document
//     gives;
//   - the cluster's certificate, once a clustered member has shown it over a connection that was trusted already
//     (SSH, the socket, an accepted HTTPS connection): GET /1.0, environment.certificate;
//   - for the very first member, which nobody can vouch for: before PUT /1.0/cluster is sent, a second connection is
//     opened under the old certificate and kept. TLS has authenticated its far end, so when that end says afterwards
//     that it is clustered and what its certificate is now, it is the same server speaking. See [oldLink];
//   - what [Pins] kept of that from an earlier run, for the same URL and the same pins of the preseed.
//
// When every connection is HTTPS and nothing is kept, the new fingerprint has to be written into the preseed before the
// next run. The error says which one was found.
package remote
