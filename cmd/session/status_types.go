package session

import (
	"fmt"
	"time"

	"clusterctl/schema"
)

// StatusFormat is the version of the JSON that [Status] makes.
const StatusFormat = 1

// Status is how a cluster is.
type Status struct {
	Format  int            `json:"format_version"`
	Cluster ClusterStatus  `json:"cluster"`
	Members []MemberStatus `json:"members"`
	// Pools and Networks are in the order of their names.
	Pools    []ObjectStatus `json:"storage_pools"`
	Networks []ObjectStatus `json:"networks"`
	// Images are those with fewer copies than cluster.images_minimal_replica asks for.
	Images      []ImageStatus      `json:"images_under_replicated"`
	Diagnostics schema.Diagnostics `json:"diagnostics"`
}

// ClusterStatus is what concerns all members.
type ClusterStatus struct {
	// Name tells clusters apart: the first 12 digits of the fingerprint of the cluster's certificate.
	Name    string `json:"name"`
	Leader  string `json:"leader"`
	Product string `json:"product"`
	Version string `json:"version"`
	// Source is where this was read: "dqlite", "rest", "dump", or "raft_nodes" when the database gives no answer.
	Source string `json:"source"`
	// AsOf is the time of a dump, which heartbeats are counted from; zero for a live cluster.
	AsOf   time.Time    `json:"as_of,omitzero"`
	Quorum QuorumStatus `json:"quorum"`
}

// QuorumStatus counts the voters of the database.
type QuorumStatus struct {
	// Known is false where the Raft roles were not seen.
	Known  bool `json:"known"`
	Voters int  `json:"voters"`
	Online int  `json:"online"`
	Needed int  `json:"needed"`
	// CanLose is how many more voters may fail.
	CanLose int `json:"can_lose"`
	// NoAnswer reports that the database gave none, however many voters take connections.
	NoAnswer bool `json:"no_answer,omitempty"`
	// From is the only member from which the silent voters were tried, where nobody else could: others may see more.
	From string `json:"from,omitempty"`
}

// MemberStatus is one member.
type MemberStatus struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	// State is Online, Offline, Evacuated, Pending, Blocked or Unknown; Message says why in a few words.
	State   string `json:"state"`
	Message string `json:"message"`
	// Roles are in LXD's words: database-leader, database, database-standby.
	Roles         []string        `json:"roles"`
	RaftRole      schema.RaftRole `json:"raft_role"`
	FailureDomain string          `json:"failure_domain"`
	Groups        []string        `json:"groups"`
	Architecture  string          `json:"architecture"`
	Schema        int             `json:"schema"`
	Extensions    int             `json:"api_extensions"`
	// HeartbeatMS is the age of the last heartbeat in milliseconds, -1 when not known.
	HeartbeatMS int64 `json:"heartbeat_age_ms"`
	// Answers is whether the cluster address takes connections; null when that was not found out.
	Answers *bool `json:"answers"`
	// Instances is how many it has; null when that was not read.
	Instances *int `json:"instances"`
}

// ObjectStatus is a pool or a network.
type ObjectStatus struct {
	Name    string `json:"name"`
	Project string `json:"project,omitempty"`
	State   string `json:"state"`
	// Members has the state of each member's part.
	Members map[string]string `json:"members"`
	// Missing are the members that have no part.
	Missing []string `json:"missing"`
}

// Whole reports that it is created on all members.
func (o ObjectStatus) Whole() bool {
	for _, state := range o.Members {
		if state != string(schema.StateCreated) {
			return false
		}
	}
	return o.State == string(schema.StateCreated) && len(o.Missing) == 0
}

// ImageStatus is an image with too few copies.
type ImageStatus struct {
	Fingerprint string   `json:"fingerprint"`
	Members     []string `json:"members"`
	Wanted      int      `json:"wanted"`
}

// String says in words how many voters may fail.
func (q QuorumStatus) String() string {
	voters := schema.Count(q.Voters, "voter")
	switch {
	case !q.Known:
		return "Quorum: not known, the roles in the database were not seen."
	case q.Online < q.Needed && q.From != "":
		return fmt.Sprintf("No quorum as seen from %s alone: %d of %s online, %d needed. The database gives no answer there; whether the others have "+
			"a quorum among themselves is not known.", q.From, q.Online, voters, q.Needed)
	case q.Online < q.Needed:
		return fmt.Sprintf("No quorum: %d of %s online, %d needed. The database gives no answer.", q.Online, voters,
			q.Needed)
	}
	if q.NoAnswer {
		return fmt.Sprintf("The database gives no answer, though %d of %s take connections, %d needed.", q.Online,
			voters, q.Needed)
	}
	margin := "no more voter may fail"
	if q.CanLose > 0 {
		margin = schema.Count(q.CanLose, "more voter") + " may fail"
	}
	return fmt.Sprintf("Quorum: %d of %s online, %d needed: %s.", q.Online, voters, q.Needed, margin)
}

// Took shows a duration as people read it: 0.4s, 12.0s, 3m04s.
func Took(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
}
