package render

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"clusterctl/cmd/session"
)

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
			line(fmt.Sprintf("%s: %s, %s", m.Name, m.State, orDash(RoleText(m))))
			continue
		case old.State != m.State:
			line(becomes(m.Name, old.State, m.State, m.Message))
		}
		if RoleText(old) != RoleText(m) {
			line(becomes(m.Name, orDash(RoleText(old)), orDash(RoleText(m)), ""))
		}
		if old.Instances != nil && m.Instances != nil && *old.Instances != *m.Instances {
			line(becomes(m.Name, Count(*old.Instances, "instance"), Count(*m.Instances, "instance"), ""))
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

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
