package render_test

import (
	"bytes"
	"testing"
	"time"

	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
	"clusterctl/schema"
)

func sampleStatus() session.Status {
	four := 4
	return session.Status{
		Format: session.StatusFormat,
		Cluster: session.ClusterStatus{Name: "115e00411403", Leader: "node1", Product: "lxd", Version: "5.0.2",
			Source: "dqlite",
			Quorum: session.QuorumStatus{Known: true, Voters: 3, Online: 3, Needed: 2, CanLose: 1}},
		Members: []session.MemberStatus{
			{Name: "node1", Address: "10.0.0.1:8443", State: "Online",
				Roles: []string{"database-leader", "database"}, RaftRole: schema.Voter,
				FailureDomain: "rack1", Groups: []string{"default",
					"gpu"}, Architecture: "x86_64", Schema: 60, Extensions: 318, HeartbeatMS: 2500, Instances: &four},
			{Name: "node2", Address: "10.0.0.2:8443", State: "Offline", Message: "no heartbeat for 45.0s",
				Roles: []string{"database-standby"}, RaftRole: schema.StandBy,
				FailureDomain: "default", Groups: []string{}, HeartbeatMS: 45000},
		},
		Pools: []session.ObjectStatus{
			{Name: "local", State: "created", Members: map[string]string{"node1": "created", "node2": "created"}},
			{Name: "loop", State: "pending", Members: map[string]string{"node1": "pending"},
				Missing: []string{"node2"}},
		},
		Images: []session.ImageStatus{{Fingerprint: "0123456789abcdef", Members: []string{"node1"}, Wanted: 2}},
		Diagnostics: schema.Diagnostics{{Severity: schema.SeverityWarning, Code: "failure-domain-majority",
			Summary: "most voters are in rack1",
			Hint:    "spread them"}},
	}
}

func TestStatusText(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	render.StatusText(&b, render.Paint{}, sampleStatus())
	golden(t, "status.txt", b.Bytes())
}

func TestStatusJSON(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	render.JSON(&b, sampleStatus())
	golden(t, "status.json", b.Bytes())
}

func TestStatusLinesAreTheChanges(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	before, after := sampleStatus(), sampleStatus()
	after.Members[0].State, after.Members[0].Message, after.Members[0].HeartbeatMS = "Offline", "10.0.0.1:8443 does not answer", 9000
	after.Members[1].Roles, after.Members[1].RaftRole = []string{"database"}, schema.Voter
	after.Pools[1].Members = map[string]string{"node1": "created"}
	after.Cluster.Quorum = session.QuorumStatus{Known: true, Voters: 3, Online: 1, Needed: 2}
	var b bytes.Buffer
	render.StatusLines(&b, before, before, now)
	if b.Len() > 0 {
		t.Errorf("no change writes %q", b.String())
	}
	render.StatusLines(&b, before, after, now)
	const want = `08:00:00 node1: Online -> Offline (10.0.0.1:8443 does not answer)
08:00:00 node2: stand-by -> voter
08:00:00 loop: pending; node2 not defined
08:00:00 No quorum: 1 of 3 voters online, 2 needed. The database gives no answer.
`
	if got := b.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
