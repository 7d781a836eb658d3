// Package care looks after a cluster beside its preseed: what doctor finds and mends, the recovery of a lost quorum,
// upgrades, and what happens when members go down.
package care
