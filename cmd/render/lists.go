package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
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
		role := string(c.Role())
		if role == "" {
			role = "none"
		}
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
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\t%s\n", clean(c.Member), clean(c.Address), role, last, newest,
			clean(fmt.Sprint(voters)))
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
			orDash(i.Type), running, orDash(clean(strings.Join(i.Profiles, ","))))
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
	fmt.Fprintln(table, "RUN\tBY\tRESULT\tDONE\tFAILED\tCOMMAND")
	for _, r := range runs {
		result := r.Result
		if result == "" {
			result = "no end noted"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%s\n", clean(r.Name), clean(r.Owner), clean(result), r.Done,
			r.Failed, clean(strings.Join(r.Words, " ")))
	}
	_ = table.Flush()
}

// RunEvents writes the events of a run's file for people, one per line.
func RunEvents(w io.Writer, data []byte) {
	for line := range bytes.Lines(data) {
		var e struct {
			Kind, Message, Error, Result string
			Time                         time.Time
			Words                        []string
			Step                         *struct{ Title string }
		}
		if json.Unmarshal(line, &e) != nil {
			continue // the last line of a run that died
		}
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
	}
}
