package render

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"clusterctl/cmd/session"
	"clusterctl/schema"
)

// StatusText writes a status for people.
func StatusText(w io.Writer, paint Paint, s session.Status) {
	fmt.Fprintln(w, paint.in(bold, statusHeadline(s)))
	line := s.Cluster.Quorum.String()
	if s.Cluster.Quorum.Known && s.Cluster.Quorum.CanLose < 1 {
		line = paint.in(yellow, line)
	}
	fmt.Fprintf(w, "%s\n\n", line)
	memberTable(w, s.Members)
	if s.Cluster.Source != "raft_nodes" {
		fmt.Fprintln(w)
		objectLines(w, paint, "Storage pools", s.Pools)
		objectLines(w, paint, "Networks", s.Networks)
		for _, i := range s.Images {
			fmt.Fprintf(w, "  %s image %s: %d of %s, on %s\n", paint.in(yellow, "!"), clean(short(i.Fingerprint)),
				len(i.Members), schema.Count(i.Wanted, "copy"), cmp.Or(clean(strings.Join(i.Members, ", ")), "-"))
		}
	}
	if len(s.Diagnostics) > 0 {
		fmt.Fprintln(w)
		Diagnostics(w, paint, s.Diagnostics)
	}
}

func statusHeadline(s session.Status) string {
	c := s.Cluster
	if len(s.Members) == 0 {
		return "No cluster."
	}
	line := "Cluster of " + schema.Count(len(s.Members), "member")
	if c.Product != "" {
		line += ", " + strings.TrimSpace(c.Product+" "+c.Version)
	}
	switch {
	case c.Leader != "":
		line += ", leader " + c.Leader
	case c.Source == "raft_nodes" && !c.Quorum.Known:
		line += ", not read"
	case c.Source == "raft_nodes":
		line += ", no leader"
	case c.Source == schema.SourceDump:
		line += ", read from " + dumpOf(c.AsOf)
	}
	return clean(line) + "."
}

func memberTable(w io.Writer, members []session.MemberStatus) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "MEMBER\tADDRESS\tSTATE\tROLE\tDOMAIN\tGROUPS\tARCH\tSCHEMA\tEXT\tHEARTBEAT\tINSTANCES")
	for _, m := range members {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", clean(m.Name), clean(m.Address), m.State,
			cmp.Or(RoleText(m), "-"), cmp.Or(clean(m.FailureDomain), "-"),
			cmp.Or(clean(strings.Join(m.Groups, ",")), "-"),
			cmp.Or(m.Architecture, "-"), number(m.Schema), number(m.Extensions), heartbeat(m.HeartbeatMS),
			countOrDash(m.Instances))
	}
	_ = table.Flush()
	for _, m := range members {
		if m.Message != "" {
			fmt.Fprintf(w, "  %s: %s\n", clean(m.Name), clean(m.Message))
		}
	}
}

// countOrDash shows a count, or that it was not read.
func countOrDash(n *int) string {
	if n == nil {
		return "-"
	}
	return strconv.Itoa(*n)
}

// RoleText is a member's role in the database: "voter", "voter (leader)", "stand-by", "spare".
func RoleText(m session.MemberStatus) string {
	if slices.Contains(m.Roles, "database-leader") {
		return string(m.RaftRole) + " (leader)"
	}
	return string(m.RaftRole)
}

func objectLines(w io.Writer, paint Paint, title string, objects []session.ObjectStatus) {
	broken := schema.Filter(objects, func(o session.ObjectStatus) bool { return !o.Whole() })
	fmt.Fprintf(w, "%s: %d created on all members", title, len(objects)-len(broken))
	if len(broken) > 0 {
		fmt.Fprintf(w, ", %d not", len(broken))
	}
	fmt.Fprintln(w)
	for _, o := range broken {
		fmt.Fprintf(w, "  %s %s\n", paint.in(yellow, "!"), clean(objectText(o)))
	}
}

// objectText says where an object is not what it should be: "loop: pending; node1 pending, node3 not defined".
func objectText(o session.ObjectStatus) string {
	var parts []string
	for _, name := range schema.SortedKeys(o.Members) {
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
	return session.Took(time.Duration(ms)*time.Millisecond) + " ago"
}

func number(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

func short(fingerprint string) string { return fingerprint[:min(12, len(fingerprint))] }

// StatusRedraw writes a status over the one before, on a terminal.
func StatusRedraw(w io.Writer, paint Paint, s session.Status, now time.Time) {
	fmt.Fprint(w, "\x1b[H\x1b[2J")
	StatusText(w, paint, s)
	fmt.Fprintf(w, "\n%s UTC. Ctrl-C ends.\n", now.UTC().Format(time.TimeOnly))
}

// StatusLines writes one line per change from one status to the next, with the time in UTC. Heartbeats come and go and
// are no change.
func StatusLines(w io.Writer, before, after session.Status, now time.Time) {
	line := func(text string) { fmt.Fprintf(w, "%s %s\n", now.UTC().Format(time.TimeOnly), clean(text)) }
	was := map[string]session.MemberStatus{}
	for _, m := range before.Members {
		was[m.Name] = m
	}
	for _, m := range after.Members {
		old, known := was[m.Name]
		delete(was, m.Name)
		switch {
		case !known:
			line(fmt.Sprintf("%s: %s, %s", m.Name, m.State, cmp.Or(RoleText(m), "-")))
			continue
		case old.State != m.State:
			line(becomes(m.Name, old.State, m.State, m.Message))
		}
		if RoleText(old) != RoleText(m) {
			line(becomes(m.Name, cmp.Or(RoleText(old), "-"), cmp.Or(RoleText(m), "-"), ""))
		}
		if old.Instances != nil && m.Instances != nil && *old.Instances != *m.Instances {
			line(becomes(m.Name, schema.Count(*old.Instances, "instance"), schema.Count(*m.Instances, "instance"), ""))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(was)) {
		line(name + ": gone")
	}
	objectChanges(line, before.Pools, after.Pools)
	objectChanges(line, before.Networks, after.Networks)
	if before.Cluster.Quorum != after.Cluster.Quorum {
		line(after.Cluster.Quorum.String())
	}
}

func objectChanges(line func(string), before, after []session.ObjectStatus) {
	was := map[string]string{}
	for _, o := range before {
		was[o.Project+"/"+o.Name] = objectText(o)
	}
	for _, o := range after {
		if text := objectText(o); was[o.Project+"/"+o.Name] != text {
			line(text)
		}
		delete(was, o.Project+"/"+o.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(was)) {
		line(was[name] + ": gone")
	}
}

func becomes(name, before, after, why string) string {
	text := fmt.Sprintf("%s: %s -> %s", name, before, after)
	if why != "" {
		text += " (" + why + ")"
	}
	return text
}
