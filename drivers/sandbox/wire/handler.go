package wire

import (
	"context"
	"database/sql/driver"
	"fmt"
)

// Role is what a member does for the Raft log; the numbers are the protocol's.
type Role uint64

// The roles.
const (
	Voter Role = iota
	StandBy
	Spare
)

// String returns LXD's word for the role (lxd 5.0.2, shown by "lxd cluster show").
func (r Role) String() string {
	names := []string{"voter", "stand-by", "spare"}
	if r >= Role(len(names)) {
		return fmt.Sprintf("role %d", uint64(r))
	}
	return names[r]
}

// Node is one entry of the Raft configuration.
type Node struct {
	ID      uint64
	Address string
	Role    Role
}

// Metadata is what a member says of itself to help choosing roles; LXD leaves both numbers at zero.
type Metadata struct {
	FailureDomain uint64
	Weight        uint64
}

// File is one file of a dump. The protocol carries no padding, so the length must be a multiple of eight.
type File struct {
	Name string
	Data []byte
}

// Handler is the member behind a connection. Every connection calls it from its own goroutine.
// Each error becomes a failure response: a *[Failure] as it is, anything else as a general SQLite error with its text.
// A call may wait as long as its context lives, which is how a member without quorum behaves.
type Handler interface {
	// Leader returns the leader that this member knows: zero and "" while there is none. In dqlite only voters know
	// one (src/gateway.c, handle_leader).
	Leader(ctx context.Context) (id uint64, address string, err error)
	// CheckLeader is asked before each request that only the leader answers; a member that does not lead
	// returns [NotLeader].
	CheckLeader(ctx context.Context) error
	// Nodes returns the Raft configuration in the order of the configuration.
	Nodes(ctx context.Context) ([]Node, error)
	// Open opens a connection to the named database for this client alone; it is closed when the client goes.
	// The connection and its statements must take contexts (driver.ConnPrepareContext, driver.StmtExecContext,
	// driver.StmtQueryContext), as those of memdb do.
	Open(ctx context.Context, name string) (driver.Conn, error)
	// Dump returns the files of the named database, as [Dump] makes them.
	Dump(ctx context.Context, name string) ([]File, error)
	// Metadata returns what the member says of itself.
	Metadata(ctx context.Context) (Metadata, error)
	// Change carries out a change of the Raft configuration, or of the member's weight.
	Change(ctx context.Context, c Change) error
}

// ChangeKind says what a [Change] changes.
type ChangeKind int

// The kinds of changes; the zero value is invalid.
const (
	_ ChangeKind = iota
	// AddNode adds a spare with ID and Address.
	AddNode
	// AssignRole gives the node ID the Role.
	AssignRole
	// RemoveNode removes the node ID.
	RemoveNode
	// TransferLeadership makes the node ID the leader.
	TransferLeadership
	// SetWeight notes the Weight of the member itself.
	SetWeight
)

// String returns dqlite's name of the request.
func (k ChangeKind) String() string {
	names := []string{"invalid change", "add", "assign", "remove", "transfer", "weight"}
	if k < 0 || int(k) >= len(names) {
		return names[0]
	}
	return names[k]
}

// Change is a request to change the Raft configuration. Only the fields that its kind names are set.
type Change struct {
	Kind    ChangeKind
	ID      uint64
	Address string
	Role    Role
	Weight  uint64
}

// Failure is an error with the number that dqlite sends along. Numbers are SQLite's result codes, above 1000 dqlite's.
type Failure struct {
	Code uint64
	Text string
}

// Error returns the text that the client shows.
func (f *Failure) Error() string { return f.Text }

// The codes of failures that handlers and this package give.
const (
	CodeError          = 1
	CodeBusy           = 5
	CodeIOErr          = 10
	CodeNotFound       = 12
	CodeProtocol       = 15
	CodeNotLeader      = CodeIOErr | 40<<8
	CodeLeadershipLost = CodeIOErr | 41<<8
	CodeNoDatabase     = 1002
	CodeParse          = 1005
)

// NotLeader is the failure of a member that does not lead; go-dqlite's driver then looks for the leader.
func NotLeader() error { return &Failure{Code: CodeNotLeader, Text: "not leader"} }

// LeadershipLost is the failure of a write whose outcome is unknown, because the leader lost its place meanwhile.
func LeadershipLost() error { return &Failure{Code: CodeLeadershipLost, Text: "leadership lost"} }

// NoDatabase is the failure of Open for a database that is not there, in dqlite's words of the same case for dumps
// since 1.18; a real leader would create it.
func NoDatabase() error { return &Failure{Code: CodeNoDatabase, Text: "database does not exists"} }
