package render

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
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
	Answers   *bool `json:"answers"`
	Instances int   `json:"instances"`
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

// whole reports that it is created on all members.
func (o ObjectStatus) whole() bool {
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

// Quorum says in words how many voters may fail.
func Quorum(q QuorumStatus) string {
	switch {
	case !q.Known:
		return "Quorum: not known, the roles in the database were not seen."
	case q.Online < q.Needed:
		return fmt.Sprintf("No quorum: %d of %s online, %d needed. The database takes no changes.", q.Online, count(q.Voters, "voter"), q.Needed)
	}
	margin := "no more voter may fail"
	if q.CanLose > 0 {
		margin = count(q.CanLose, "more voter") + " may fail"
	}
	return fmt.Sprintf("Quorum: %d of %s online, %d needed: %s.", q.Online, count(q.Voters, "voter"), q.Needed, margin)
}

// StatusText writes a status for people.
func StatusText(w io.Writer, paint Paint, s Status) error {
	fmt.Fprintln(w, paint.in(bold, statusHeadline(s)))
	line := Quorum(s.Cluster.Quorum)
	if s.Cluster.Quorum.Known && s.Cluster.Quorum.CanLose < 1 {
		line = paint.in(yellow, line)
	}
	fmt.Fprintf(w, "%s\n\n", line)
	if err := memberTable(w, s.Members); err != nil {
		return err
	}
	if s.Cluster.Source != "raft_nodes" {
		fmt.Fprintln(w)
		objectLines(w, paint, "Storage pools", s.Pools)
		objectLines(w, paint, "Networks", s.Networks)
		for _, i := range s.Images {
			fmt.Fprintf(w, "  %s image %s: %d of %s, on %s\n", paint.in(yellow, "!"), clean(short(i.Fingerprint)), len(i.Members),
				copies(i.Wanted), orDash(clean(strings.Join(i.Members, ", "))))
		}
	}
	if len(s.Diagnostics) > 0 {
		fmt.Fprintln(w)
		Diagnostics(w, paint, s.Diagnostics)
	}
	return nil
}

func statusHeadline(s Status) string {
	c := s.Cluster
	if len(s.Members) == 0 {
		return "No cluster."
	}
	line := "Cluster of " + count(len(s.Members), "member")
	if c.Product != "" {
		line += ", " + c.Product + " " + c.Version
	}
	switch {
	case c.Leader != "":
		line += ", leader " + c.Leader
	case c.Source == "raft_nodes":
		line += ", no leader"
	case c.Source == schema.SourceDump:
		line += ", read from " + dumpOf(c.AsOf)
	}
	return clean(line) + "."
}

func memberTable(w io.Writer, members []MemberStatus) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "MEMBER\tADDRESS\tSTATE\tROLE\tDOMAIN\tGROUPS\tARCH\tSCHEMA\tEXT\tHEARTBEAT\tINSTANCES")
	for _, m := range members {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\n", clean(m.Name), clean(m.Address), m.State, orDash(RoleText(m)),
			orDash(clean(m.FailureDomain)), orDash(clean(strings.Join(m.Groups, ","))), orDash(m.Architecture), number(m.Schema), number(m.Extensions),
			heartbeat(m.HeartbeatMS), m.Instances)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, m := range members {
		if m.Message != "" {
			fmt.Fprintf(w, "  %s: %s\n", clean(m.Name), clean(m.Message))
		}
	}
	return nil
}

// RoleText is a member's role in the database: "voter", "voter (leader)", "stand-by", "spare".
func RoleText(m MemberStatus) string {
	for _, role := range m.Roles {
		if role == "database-leader" {
			return string(m.RaftRole) + " (leader)"
		}
	}
	return string(m.RaftRole)
}

func objectLines(w io.Writer, paint Paint, title string, objects []ObjectStatus) {
	whole := 0
	for _, o := range objects {
		if o.whole() {
			whole++
		}
	}
	fmt.Fprintf(w, "%s: %d created on all members", title, whole)
	if broken := len(objects) - whole; broken > 0 {
		fmt.Fprintf(w, ", %d not", broken)
	}
	fmt.Fprintln(w)
	for _, o := range objects {
		if !o.whole() {
			fmt.Fprintf(w, "  %s %s\n", paint.in(yellow, "!"), clean(objectText(o)))
		}
	}
}

// objectText says where an object is not what it should be: "loop: pending; node1 pending, node3 not defined".
func objectText(o ObjectStatus) string {
	var parts []string
	for _, name := range sortedNames(o.Members) {
		if o.Members[name] != string(schema.StateCreated) {
			parts = append(parts, name+" "+o.Members[name])
		}
	}
	for _, name := range o.Missing {
		parts = append(parts, name+" not defined")
	}
	line := o.Name + ": " + o.State
	if len(parts) > 0 {
		line += "; " + strings.Join(parts, ", ")
	}
	return line
}

func heartbeat(ms int64) string {
	if ms < 0 {
		return "-"
	}
	return Took(time.Duration(ms)*time.Millisecond) + " ago"
}

func number(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func short(fingerprint string) string { return fingerprint[:min(12, len(fingerprint))] }

func copies(n int) string {
	if n == 1 {
		return "1 copy"
	}
	return fmt.Sprintf("%d copies", n)
}
