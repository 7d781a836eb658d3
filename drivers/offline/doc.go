// Package offline reads the copy of a cluster's database that a member has on its disk, whether its daemon runs or not:
// the last entry of its Raft log, and what the database holds after that entry. It runs two commands on the member's
// machine that only read, and decodes here: nothing there has to be installed, and nothing is changed.
//
// It must not judge which copy is the right one: that is for package plan/care.
package offline
