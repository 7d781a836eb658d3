package care_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterctl/plan/care"
	"clusterctl/plan/internal/plantest"
	"clusterctl/schema"
)

// copyOn is a copy of a configuration in which the named members vote, node4 stands by and node5 is a spare.
func copyOn(member string, index uint64, voters ...string) care.Copy {
	c := care.Copy{Member: member, Address: member + ":8443", Last: care.Entry{Term: 3, Index: index},
		Newest: time.Date(2026, 11, 28, 12, 3, int(index), 0, time.UTC), Round: 10 * time.Second,
		Daemon: care.Daemon{Binary: "lxd", Folder: "/var/lib/lxd", Stop: "stop", Start: "start"}}
	for _, name := range voters {
		c.Members = append(c.Members, schema.RaftMember{Name: name, Address: name + ":8443", Role: schema.Voter})
	}
	c.Members = append(c.Members, schema.RaftMember{Name: "node4", Address: "node4:8443", Role: schema.StandBy},
		schema.RaftMember{Name: "node5", Address: "node5:8443", Role: schema.Spare})
	return c
}

func lostCopy(member string) care.Copy {
	return care.Copy{Member: member, Address: member + ":8443", Fault: "connection refused"}
}

func TestRecoveryGoesOnWithTheNewestVoter(t *testing.T) {
	t.Parallel()
	voters := []string{"node1", "node2", "node3", "node6", "node7"}
	p := care.Recovery([]care.Copy{copyOn("node1", 7, voters...), copyOn("node2", 9, voters...), lostCopy("node3"),
		copyOn("node4", 5, voters...), copyOn("node5", 0, voters...), lostCopy("node6"), lostCopy("node7")},
		care.RecoveryOptions{Archive: "db.tar.gz",
			Fence: func(lost []string) string { return "DELETE " + strings.Join(lost, " ") }})
	plantest.CheckOrder(t, p)
	plantest.CheckRoundTrip(t, p)
	var got []string
	for _, s := range p.Steps {
		got = append(got, fmt.Sprintf("%s [%s] %s", s.ID, s.Op.Shell.Task,
			strings.TrimSpace(s.Op.Shell.Text+s.Op.Shell.File+s.Op.Shell.From)))
	}
	want := []string{"stop:node1 [service] stop", "stop:node4 [service] stop", "stop:node2 [service] stop",
		"archive:node1 [archive] /var/lib/lxd/db.tar.gz", "archive:node4 [archive] /var/lib/lxd/db.tar.gz",
		"archive:node2 [archive] /var/lib/lxd/db.tar.gz",
		"recover:node2 [recover] ", "replace:node1 [replace] node2", "fence:node2 [fence] DELETE node3 node6 node7",
		"start:node2 [service] start", "ready:node2 [ready] ", "start:node1 [service] start", "start:node4 [service] start",
		"start:node5 [service] start"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps differ (-want +got):\n%s", diff)
	}
	if len(p.Diagnostics) != 1 {
		t.Fatalf("unexpected %v", p.Diagnostics)
	}
	d := p.Diagnostics[0]
	if want := "the newest heartbeat in the copy of node2 is of 2026-11-28 12:03:09 UTC, and there is one every 10s: nothing after 12:03:19 is in this copy"; d.Summary != want {
		t.Errorf("got %s, want %s", d.Summary, want)
	}
	if want := "At most 10s may be missing if node2 was up and connected until the last of node3, node6, node7 was lost. " +
		"What they stored without it is lost with them, and cannot be known here."; d.Detail != want {
		t.Errorf("got %s, want %s", d.Detail, want)
	}
}

func TestRecoveryIsRefused(t *testing.T) {
	t.Parallel()
	voters := []string{"node1", "node2", "node3"}
	unknown := copyOn("node1", 7, voters...)
	unknown.Daemon.Stop = ""
	for name, c := range map[string]struct {
		copies   []care.Copy
		survivor string
		want     string
	}{
		"tie": {[]care.Copy{copyOn("node1", 7, "node1", "node2", "node3", "node6", "node7"), copyOn("node2", 7, voters...)},
			"",
			"cannot choose the survivor: the copies of node1 and node2 are equal"},
		"quorum": {[]care.Copy{copyOn("node1", 7, voters...), copyOn("node2", 9, voters...), lostCopy("node3")}, "",
			"the quorum is not lost: the machines of 2 voters answer (node1, node2), and 2 are needed"},
		"nobody": {[]care.Copy{lostCopy("node1"), copyOn("node4", 3, voters...)}, "",
			"cannot recover: no voter of the database has survived where it can be seen"},
		"unknown": {[]care.Copy{copyOn("node1", 7, voters...)}, "node9",
			"cannot recover on node9: the files do not have it"},
		"dead": {[]care.Copy{copyOn("node1", 7, voters...), lostCopy("node2")}, "node2",
			"cannot recover on node2: connection refused"},
		"stand-by": {[]care.Copy{copyOn("node1", 7, voters...), copyOn("node4", 9, voters...)}, "node4",
			"cannot recover on node4: it is stand-by, and only a voter has the whole database"},
		"no system": {[]care.Copy{unknown}, "",
			"cannot stop and start the daemon of node1: no package keeps its state in /var/lib/lxd"},
	} {
		p := care.Recovery(c.copies, care.RecoveryOptions{Survivor: c.survivor, Archive: "db.tar.gz"})
		if !p.Refused() || p.Diagnostics[0].Summary != c.want {
			t.Errorf("%s: got %v, want a refusal: %s", name, p.Diagnostics, c.want)
		}
	}
}

// TestOlderCopyNeedsConsent: what only the newer copy has is named before, and nobody goes on without it by accident.
func TestOlderCopyNeedsConsent(t *testing.T) {
	t.Parallel()
	voters := []string{"node1", "node2", "node3"}
	copies := []care.Copy{copyOn("node1", 7, voters...), copyOn("node2", 9, voters...)}
	profile := schema.Ref{Kind: schema.KindProfile, Name: "p1"}
	const newer = "node2 has a newer copy (entry 9 of term 3) than node1 (entry 7 of term 3): with node1 alone is lost "
	for name, c := range map[string]struct {
		gap   []care.Gap
		allow []string
		want  string
	}{
		"refused": {[]care.Gap{{Member: "node2", Entries: 2, Exact: true, Compared: true,
			Objects: []schema.Ref{profile}}}, nil, "2 entries of the log, of at most 12s, with profile/p1"},
		"another named": {nil, []string{"newer-copy/node3"}, "what only it has"},
		"many": {[]care.Gap{{Member: "node2", Entries: 2, Compared: true,
			Objects: slices.Repeat([]schema.Ref{profile}, 12)}}, nil,
			"at least 2 entries of the log, of at most 12s, with " + strings.Repeat("profile/p1, ", 10) + "2 more"},
		"only heartbeats": {[]care.Gap{{Member: "node2", Entries: 2, Exact: true, Compared: true}}, nil,
			"2 entries of the log, of at most 12s, in which nothing differs that plans know"},
		"consent": {[]care.Gap{{Member: "node2", Entries: 2, Exact: true}}, []string{"newer-copy/node2"},
			"2 entries of the log, of at most 12s; the rows could not be compared"},
	} {
		p := care.Recovery(copies, care.RecoveryOptions{Survivor: "node1", Archive: "a", Gaps: c.gap, AllowDestroy: c.allow})
		if len(p.Diagnostics) == 0 || p.Diagnostics[0].Summary != newer+c.want || p.Refused() != (name != "consent") {
			t.Errorf("%s: got %v, want: %s", name, p.Diagnostics, newer+c.want)
		}
	}
	const enough = "the machines of 2 voters answer (node1, node2), and 2 are needed: " +
		"where their daemons start, nothing has to be recovered"
	insisted := care.Recovery(copies, care.RecoveryOptions{Survivor: "node1", AllowDestroy: []string{"newer-copy/node2"}})
	if last := insisted.Diagnostics[len(insisted.Diagnostics)-1]; last.Summary != enough ||
		last.Severity != schema.SeverityWarning {
		t.Errorf("got %v, want a warning: %s", last, enough)
	}
	p := care.Recovery(copies, care.RecoveryOptions{Survivor: "node1"})
	if want := "choose node2, or insist: --survivor node1 --allow-destroy newer-copy/node2"; p.Diagnostics[0].Hint != want {
		t.Errorf("got %s, want %s", p.Diagnostics[0].Hint, want)
	}
}

func TestHigherTermIsNewer(t *testing.T) {
	t.Parallel()
	longer, later := copyOn("node1", 900, "node1", "node2"), copyOn("node2", 9, "node1", "node2")
	later.Last.Term = 4
	if c, why := care.Survivor([]care.Copy{longer, later}); c.Member != "node2" || why != "" {
		t.Errorf("got %s, %q, want node2", c.Member, why)
	}
}

// TestUnreadableCopiesLast: a member that cannot be compared is never the default, and never hides one that can.
func TestUnreadableCopiesLast(t *testing.T) {
	t.Parallel()
	unread := copyOn("node1", 0, "node1", "node2", "node3", "node6", "node7")
	unread.Unread = "it ends too early"
	copies := []care.Copy{unread, copyOn("node2", 9, "node1", "node2", "node3", "node6", "node7")}
	p := care.Recovery(copies, care.RecoveryOptions{})
	if want := "cannot choose the survivor: the copy of node1 cannot be read: it ends too early"; !p.Refused() ||
		p.Diagnostics[0].Summary != want {
		t.Errorf("got %v, want %s", p.Diagnostics, want)
	}
	if p := care.Recovery(copies, care.RecoveryOptions{Survivor: "node2"}); p.Refused() {
		t.Errorf("the readable one is refused: %v", p.Diagnostics)
	}
	if p := care.Recovery(copies, care.RecoveryOptions{Survivor: "node1"}); !p.Refused() {
		t.Error("the unreadable one needs no consent")
	}
}
