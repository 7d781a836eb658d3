package schema

// RaftMember is one entry of a Raft configuration, or of a member's own copy of it (the table raft_nodes).
type RaftMember struct {
	ID uint64 `json:"id"`
	// Address is host:port, the cluster address; Name is empty where dqlite itself was asked, which knows no names.
	Address string   `json:"address"`
	Name    string   `json:"name,omitempty"`
	Role    RaftRole `json:"role"`
}

// Raft is what one member's dqlite says of the Raft group.
type Raft struct {
	// Leader is the address of the leader that the member knows; empty while it knows of none, as without a quorum.
	Leader  string       `json:"leader,omitempty"`
	Members []RaftMember `json:"members"`
}
