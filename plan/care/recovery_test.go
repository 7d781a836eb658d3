package care_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/plan/care"
	"clusterctl/plan/internal/plantest"
	"clusterctl/schema"
)

// copyOn is a copy of a configuration in which the named members vote, node4 stands by and node5 is a spare.
func copyOn(member string, segment uint64, voters ...string) care.Copy {
	c := care.Copy{Member: member, Address: member + ":8443", Segment: segment,
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
		copyOn("node4", 12, voters...), lostCopy("node6"), lostCopy("node7")}, care.RecoveryOptions{Archive: "db.tar.gz"})
	plantest.CheckOrder(t, p)
	plantest.CheckRoundTrip(t, p)
	var got []string
	for _, s := range p.Steps {
		got = append(got, fmt.Sprintf("%s [%s] %s", s.ID, s.Op.Shell.Task, strings.TrimSpace(s.Op.Shell.Text+" "+s.Op.Shell.File)))
	}
	want := []string{"stop:node1 [service] stop", "stop:node2 [service] stop", "archive:node2 [archive] /var/lib/lxd/db.tar.gz",
		"recover:node2 [recover] ", "start:node2 [service] start", "ready:node2 [ready] ", "start:node1 [service] start", "start:node4 [service] start"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps differ (-want +got):\n%s", diff)
	}
	if len(p.Diagnostics) > 0 {
		t.Errorf("unexpected %v", p.Diagnostics)
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
		"quorum": {[]care.Copy{copyOn("node1", 7, voters...), copyOn("node2", 9, voters...), lostCopy("node3")}, "",
			"the quorum is not lost: the machines of 2 voters answer (node1, node2), and 2 are needed"},
		"nobody":    {[]care.Copy{lostCopy("node1"), copyOn("node4", 3, voters...)}, "", "cannot recover: no voter of the database has survived where it can be seen"},
		"unknown":   {[]care.Copy{copyOn("node1", 7, voters...)}, "node9", "cannot recover on node9: the files do not have it"},
		"dead":      {[]care.Copy{copyOn("node1", 7, voters...), lostCopy("node2")}, "node2", "cannot recover on node2: connection refused"},
		"stand-by":  {[]care.Copy{copyOn("node1", 7, voters...), copyOn("node4", 9, voters...)}, "node4", "cannot recover on node4: it is stand-by, and only a voter has the whole database"},
		"no system": {[]care.Copy{unknown}, "", "cannot stop and start the daemon of node1: no package keeps its state in /var/lib/lxd"},
	} {
		p := care.Recovery(c.copies, care.RecoveryOptions{Survivor: c.survivor, Archive: "db.tar.gz"})
		if !p.Refused() || p.Diagnostics[0].Summary != c.want {
			t.Errorf("%s: got %v, want a refusal: %s", name, p.Diagnostics, c.want)
		}
	}
}

func TestRecoveryWarnsOfAnOlderCopy(t *testing.T) {
	t.Parallel()
	voters := []string{"node1", "node2", "node3"}
	p := care.Recovery([]care.Copy{copyOn("node1", 7, voters...), copyOn("node2", 9, voters...)}, care.RecoveryOptions{Survivor: "node1", Archive: "a"})
	want := "node1 has segment 7, and node2 the newer one 9: what was stored in between is lost"
	if p.Refused() || len(p.Diagnostics) != 1 || p.Diagnostics[0].Summary != want {
		t.Errorf("got %v, want a warning: %s", p.Diagnostics, want)
	}
}
