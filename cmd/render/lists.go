package render

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"clusterctl/apply"
	"clusterctl/cmd/session"
	"clusterctl/plan/care"
	"clusterctl/schema"
)

// Copies writes what the members' own copies of the database know, one line per member.
func Copies(w io.Writer, paint Paint, copies []care.Copy) {
	fmt.Fprintln(w, paint.in(bold, "The database as each member's own copy knows it:"))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  MEMBER\tADDRESS\tROLE\tLAST ENTRY\tNEWEST HEARTBEAT\tVOTERS IT KNOWS")
	for _, c := range copies {
		if c.Fault != "" {
			fmt.Fprintf(table, "  %s\t%s\t-\t-\t-\t%s\n", clean(c.Member), clean(c.Address), clean(c.Fault))
			continue
		}
		var voters []string
		for _, m := range c.Members {
			if m.Role == schema.Voter {
				voters = append(voters, m.Name)
			}
		}
		slices.Sort(voters)
		last, newest := fmt.Sprintf("%d, term %d", c.Last.Index, c.Last.Term), "unknown"
		switch {
		case c.Role() == schema.Spare:
			last, newest = "-", "-"
		case c.Unread != "":
			last = "cannot be read"
		}
		if !c.Newest.IsZero() {
			newest = c.Newest.UTC().Format(time.DateTime)
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\t%s\n", clean(c.Member), clean(c.Address), cmp.Or(c.Role(), "none"),
			last, newest, clean(fmt.Sprint(voters)))
	}
	_ = table.Flush() // a writer that fails is seen when the plan is written
	fmt.Fprintln(w)
}

// Instances writes a table.
func Instances(w io.Writer, instances []session.Instance) {
	if len(instances) == 0 {
		fmt.Fprintln(w, "No instances.")
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PROJECT\tNAME\tMEMBER\tTYPE\tRUNNING\tPROFILES")
	for _, i := range instances {
		running := "no"
		if i.Running {
			running = "yes"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", clean(i.Project), clean(i.Name), clean(i.Member),
			cmp.Or(i.Type, "-"), running, cmp.Or(clean(strings.Join(i.Profiles, ",")), "-"))
	}
	_ = table.Flush()
}

// Lock writes who holds the lock of a cluster.
func Lock(w io.Writer, h apply.Held) {
	lease := h.Lease
	switch {
	case !h.Locked:
		fmt.Fprintln(w, "Nobody holds the lock.")
	case h.Good() > 0:
		fmt.Fprintf(w, "Locked by %s (%s ago); good for another %s unless it is renewed.\n", clean(lease.String()),
			h.At.Sub(lease.Since).Round(time.Second), h.Good().Round(time.Second))
	default:
		fmt.Fprintf(w, "The lock of %s has expired %s ago; the next apply takes it.\n", clean(lease.String()),
			(-h.Good()).Round(time.Second))
	}
}

// LockJSON returns the same for programs.
func LockJSON(h apply.Held) any {
	out := struct {
		Format int          `json:"format_version"`
		Locked bool         `json:"locked"`
		Lease  *apply.Lease `json:"lease,omitempty"`
	}{Format: 1, Locked: h.Locked && h.Good() > 0}
	if h.Locked {
		out.Lease = &h.Lease
	}
	return out
}

// Runs lists runs for people.
func Runs(w io.Writer, runs []session.PastRun) {
	if len(runs) == 0 {
		fmt.Fprintln(w, "The journal is empty.")
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RUN\tBY\tCLUSTER\tRESULT\tDONE\tFAILED\tCOMMAND")
	for _, r := range runs {
		result := cmp.Or(r.Result, "no end noted")
		if r.Broken {
			result = "half written"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%d\t%s\n", clean(r.Name), clean(cmp.Or(r.Owner, "-")),
			clean(inCluster(r.Cluster)), clean(result), r.Done, r.Failed, clean(strings.Join(r.Words, " ")))
	}
	_ = table.Flush()
}

// inCluster names a cluster by its first member and how many there are beside.
func inCluster(members []string) string {
	if len(members) > 1 {
		return fmt.Sprintf("%s and %d more", members[0], len(members)-1)
	}
	return cmp.Or(strings.Join(members, ""), "-")
}

// RunEvents writes the events of a run's file for people, one per line.
func RunEvents(w io.Writer, data []byte) {
	ended := false
	for line := range bytes.Lines(data) {
		var e runEvent
		if json.Unmarshal(line, &e) != nil {
			fmt.Fprintln(w, strings.Repeat(" ", 22)+"broken    this line was not written to its end: the run died, or its disk was full")
			continue
		}
		ended = e.Kind == "outcome"
		e.write(w)
	}
	if !ended {
		fmt.Fprintln(w, "No end is noted: the run goes on, or it died.")
	}
}

// runEvent is a line of a journal.
type runEvent struct {
	Kind, Message, Error, Result string
	Time                         time.Time
	Step                         *struct{ Title string }
	session.By
}

func (e runEvent) write(w io.Writer) {
	what := strings.Join(e.Words, " ")
	if e.Step != nil {
		what = e.Step.Title
	}
	text := strings.Join(strings.Fields(strings.Join([]string{what, e.Result, e.Message, e.Error}, " ")), " ")
	at := "                    "
	if !e.Time.IsZero() {
		at = e.Time.UTC().Format(time.RFC3339)
	}
	fmt.Fprintf(w, "%s  %-8s  %s\n", at, clean(e.Kind), clean(text))
	for i, list := range [][]string{e.Cluster, e.Files} {
		if len(list) > 0 {
			fmt.Fprintf(w, "%22s%-8s  %s\n", "", []string{"cluster", "files"}[i], clean(strings.Join(list, ", ")))
		}
	}
	if e.Approved != "" {
		fmt.Fprintf(w, "%22s%-8s  %s\n", "", "by", clean(e.User+" on "+e.Host+", approved by "+e.Approved))
	}
	for i, list := range []map[string]string{e.Logins, e.Hashes} {
		for _, name := range slices.Sorted(maps.Keys(list)) {
			fmt.Fprintf(w, "%22s%-8s  %s\n", "", []string{"login", "sha256"}[i], clean(name+" "+list[name]))
		}
	}
}
