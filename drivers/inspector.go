package drivers

import (
	"context"
	"time"

	"clusterctl/schema"
)

// Inspector is a Backend that can be asked, besides, what is the matter with a cluster. It answers without a quorum,
// too, and is for those who look after a Read: only connections that were made then are used.
type Inspector interface {
	// Probe opens a TCP connection to a cluster address (host:port), from where the members are if possible, and closes
	// it. It fails with kind Unreachable or Timeout when nobody answers there, and with another kind when that could not
	// be found out.
	Probe(ctx context.Context, address string) error
	// ProbeFrom does that from where the given member is; Unsupported for one without a way to do so, such as HTTPS alone.
	ProbeFrom(ctx context.Context, member, address string) error
	// Raft asks the dqlite of the member at that cluster address for the Raft configuration.
	Raft(ctx context.Context, address string) (schema.Raft, error)
	// LocalRaft reads the copy of the Raft configuration in the member's own database (raft_nodes), by address. The
	// daemon has to run; the database's leader need not.
	LocalRaft(ctx context.Context, member string) ([]schema.RaftMember, error)
	// Clock returns how far the clock of the member is ahead of this machine's, give or take half the time that asking
	// took.
	Clock(ctx context.Context, member string) (time.Duration, error)
}
