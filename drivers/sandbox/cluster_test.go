package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"clusterctl/drivers/sandbox"
	"clusterctl/schema"
)

func TestRolesOfSixMembers(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Members: 6})
	form(t, w)
	want := "node1:database-leader+database node2:database node3:database node4:database-standby node5:database-standby node6:"
	if got := roles(t, w, "node4"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	must(t, w, "node1", "PATCH", "/1.0", `{"config":{"cluster.max_voters":"5","cluster.max_standby":"0"}}`)
	if err := w.Advance(t.Context(), time.Second); err != nil {
		t.Fatal(err)
	}
	want = "node1:database-leader+database node2:database node3:database node4:database node5:database node6:"
	if got := roles(t, w, "node4"); got != want {
		t.Errorf("after max_voters=5: got %s, want %s", got, want)
	}
}

func TestSecondMemberVotesOnlyWithAThird(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Members: 2})
	form(t, w)
	if got, want := roles(t, w, "node1"), "node1:database-leader+database node2:database-standby"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestLostVoterIsReplacedAfterTheThreshold(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Members: 5})
	form(t, w)
	if err := w.Stop(t.Context(), "node3"); err != nil {
		t.Fatal(err)
	}
	if got := status(t, w, "node3"); got != "Online" {
		t.Errorf("right after its death node3 is %s, want Online: its heartbeat is fresh", got)
	}
	if err := w.Advance(t.Context(), 21*time.Second); err != nil {
		t.Fatal(err)
	}
	if got := status(t, w, "node3"); got != "Offline" {
		t.Errorf("after the threshold node3 is %s, want Offline", got)
	}
	want := "node1:database-leader+database node2:database node3: node4:database node5:database-standby"
	if got := roles(t, w, "node1"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	refused(t, w, "node1", "DELETE", "/1.0/storage-pools/nothere", "", "404 Storage pool not found")
	if err := w.Restart(t.Context(), "node3"); err != nil {
		t.Fatal(err)
	}
	if got := status(t, w, "node3"); got != "Online" {
		t.Errorf("restarted node3 is %s, want Online", got)
	}
}

func TestPromotionPrefersAnotherFailureDomain(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Members: 5})
	form(t, w)
	domain := func(member, name, role string) {
		must(t, w, "node1", "PUT", "/1.0/cluster/members/"+member, `{"roles":["`+role+`"],"failure_domain":"`+name+`","groups":["default"]}`)
	}
	domain("node2", "a", "database")
	domain("node4", "a", "database-standby")
	domain("node5", "b", "database-standby")
	if err := w.Stop(t.Context(), "node3"); err != nil {
		t.Fatal(err)
	}
	if err := w.Advance(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := roles(t, w, "node1"); !strings.Contains(got, "node5:database ") && !strings.HasSuffix(got, "node5:database") {
		t.Errorf("node5 of domain b should be the voter: %s", got)
	}
}

func TestClientOfTheDatabaseHasNoVote(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Server: schema.Flavour{Product: schema.Incus, Version: "7.0.2"}})
	form(t, w)
	must(t, w, "node1", "PUT", "/1.0/cluster/members/node1",
		`{"roles":["database","database-client"],"failure_domain":"default","groups":["default"]}`)
	if err := w.Advance(t.Context(), time.Second); err != nil {
		t.Fatal(err)
	}
	want := "node1:database-client node2:database-leader+database node3:database"
	if got := roles(t, w, "node3"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAnotherMemberLeadsWhenTheLeaderDies(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{})
	form(t, w)
	if err := w.Inject(t.Context(), sandbox.Fault{Kind: sandbox.FaultLoseLeader}); err != nil {
		t.Fatal(err)
	}
	if got, want := roles(t, w, "node3"), "node1:database node2:database-leader+database node3:database"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWithoutQuorumNothingIsWrittenUntilRecovery(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{})
	form(t, w)
	for _, label := range []string{"node2", "node3"} {
		if err := w.Stop(t.Context(), label); err != nil {
			t.Fatal(err)
		}
	}
	must(t, w, "node1", "GET", "/internal/ready", "")
	must(t, w, "node1", "GET", "/1.0", "")
	refused(t, w, "node1", "GET", "/1.0/cluster/members", "", "500 context deadline exceeded")
	refused(t, w, "node1", "PATCH", "/1.0", `{"config":{"user.a":"b"}}`,
		"503 Failed to begin transaction: failed to create dqlite connection: no available dqlite leader server found")
	const recovery = "lxd cluster recover-from-quorum-loss -q"
	if got := run(t, w, "node1", recovery); got != "Error: The LXD daemon is running, please stop it first.\n1" {
		t.Errorf("recovering a running member: %s", got)
	}
	if err := w.Stop(t.Context(), "node1"); err != nil {
		t.Fatal(err)
	}
	if got := run(t, w, "node1", recovery); got != "0" {
		t.Fatal(got)
	}
	if err := w.Restart(t.Context(), "node1"); err != nil {
		t.Fatal(err)
	}
	must(t, w, "node1", "DELETE", "/1.0/cluster/members/node2?force=1", "")
	must(t, w, "node1", "DELETE", "/1.0/cluster/members/node3?force=1", "")
	if err := w.Wipe(t.Context(), "node3"); err != nil {
		t.Fatal(err)
	}
	must(t, w, "node3", "PUT", "/1.0/cluster", joinBody(t, w, "node3", 3))
	if got, want := roles(t, w, "node1"), "node1:database-leader+database node3:database-standby"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// upgrade installs the newer version on a member and restarts its daemon.
func upgrade(t *testing.T, w *sandbox.World, label string) {
	t.Helper()
	for _, line := range []string{"apt-get install -y -q --only-upgrade lxd", "systemctl restart --no-block lxd.service"} {
		if got := run(t, w, label, line); got != "0" {
			t.Fatalf("%s: %s", line, got)
		}
	}
}

func TestUpgradedMemberIsBlockedUntilAllAre(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{})
	form(t, w)
	for _, label := range []string{"node3", "node2"} {
		upgrade(t, w, label)
	}
	refused(t, w, "node3", "GET", "/1.0", "", "503 LXD daemon setup in progress")
	if got := status(t, w, "node3"); got != "Online" {
		t.Errorf("LXD 5.0.2 never says Blocked, got %s", got)
	}
	upgrade(t, w, "node1")
	if got := string(must(t, w, "node3", "GET", "/1.0", "")); !strings.Contains(got, `"server_version":"5.0.4"`) || !strings.Contains(got, "sandbox_extension_340") {
		t.Errorf("an upgraded server says %s", got)
	}
}

func TestOlderServerCannotJoin(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Members: 1, Names: []string{"node1", "node2"}})
	must(t, w, "node1", "PATCH", "/1.0", `{"config":{"core.https_address":"10.1.1.1:8443"}}`)
	must(t, w, "node1", "PUT", "/1.0/cluster", `{"enabled":true,"server_name":"node1"}`)
	upgrade(t, w, "node1")
	refused(t, w, "node2", "PUT", "/1.0/cluster", joinBody(t, w, "node2", 2),
		"400 Failed request to add member: The joining server version doesn't match (expected 5.0.4 with API count 340)")
}

func TestImagesAreCopiedToAsManyMembersAsWanted(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Members: 4})
	form(t, w)
	must(t, w, "node1", "PATCH", "/1.0", `{"config":{"cluster.images_minimal_replica":"2"}}`)
	must(t, w, "node2", "POST", "/1.0/images", "hsqs and further bytes of an image")
	count := `{"database":"global","query":"SELECT count(*) FROM images_nodes"}`
	if got := string(must(t, w, "node1", "POST", "/internal/sql", count)); !strings.Contains(got, "[[2]]") {
		t.Errorf("want 2 copies: %s", got)
	}
	must(t, w, "node1", "PATCH", "/1.0", `{"config":{"cluster.images_minimal_replica":"-1"}}`)
	if err := w.Advance(t.Context(), time.Second); err != nil {
		t.Fatal(err)
	}
	if got := string(must(t, w, "node1", "POST", "/internal/sql", count)); !strings.Contains(got, "[[4]]") {
		t.Errorf("want 4 copies: %s", got)
	}
}
