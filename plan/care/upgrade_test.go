package care_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"clusterctl/plan"
	"clusterctl/plan/care"
	"clusterctl/plan/internal/plantest"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

func upgradeFacts(change func(*schema.Facts)) schema.Cluster {
	facts := schema.Facts{Clustered: true, Source: "dqlite", Leader: "node1", Members: map[string]schema.MemberFacts{},
		Hosts: map[string]schema.HostFacts{}}
	for name, role := range map[string]schema.RaftRole{"node1": schema.Voter, "node2": schema.Voter,
		"node3": schema.Voter, "node4": schema.StandBy, "node5": schema.Spare} {
		facts.Members[name] = schema.MemberFacts{Address: name + ":8443", State: schema.StateCreated, Role: role,
			Online: true, Schema: 60, Extensions: 318}
	}
	change(&facts)
	return schema.NewCluster(facts)
}

func upgradeOptions(names ...string) care.UpgradeOptions {
	o := care.UpgradeOptions{Daemons: map[string]care.Daemon{}}
	for _, name := range names {
		o.Daemons[name] = care.Daemon{Binary: "lxd", Folder: "/var/lib/lxd", Restart: "restart", Upgrade: "install"}
	}
	return o
}

func stepIDs(p *plan.Plan) string {
	var out []string
	for _, s := range p.Steps {
		out = append(out, string(s.ID))
	}
	return strings.Join(out, " ")
}

func member(f *schema.Facts, name string, change func(*schema.MemberFacts)) {
	m := f.Members[name]
	change(&m)
	f.Members[name] = m
}

func TestUpgradeTakesTheLeaderLast(t *testing.T) {
	t.Parallel()
	p := care.Upgrade(upgradeFacts(func(*schema.Facts) {}), kinds.Registry(),
		upgradeOptions("node1", "node2", "node3", "node4", "node5"))
	plantest.CheckOrder(t, p)
	plantest.CheckRoundTrip(t, p)
	want := "install:node5 restart:node5 install:node4 restart:node4 install:node2 restart:node2 install:node3 restart:node3 install:node1 restart:node1 await"
	if got := stepIDs(p); got != want || len(p.Diagnostics) > 0 {
		t.Errorf("got %s, %v\nwant %s", got, p.Diagnostics, want)
	}
	if stops := p.Steps[1].Risk.Stops; !strings.Contains(stops, "point of no return") {
		t.Errorf("the first restart stops %q, want the point of no return to be named", stops)
	}
}

func TestUpgradeGoesOnWithTheMembersLeft(t *testing.T) {
	t.Parallel()
	live := upgradeFacts(func(f *schema.Facts) {
		for _, name := range []string{"node4", "node5"} { // blocked: they wait, and answer nothing
			member(f, name, func(m *schema.MemberFacts) { m.Extensions = 340; m.Online = name == "node4" })
			f.Hosts[name] = schema.HostFacts{Fault: "LXD daemon setup in progress", FaultKind: schema.FaultStarting}
		}
	})
	p := care.Upgrade(live, kinds.Registry(), upgradeOptions("node1", "node2", "node3", "node4", "node5"))
	if got, want := stepIDs(p), "install:node2 restart:node2 install:node3 restart:node3 install:node1 restart:node1 await"; got != want || p.Refused() {
		t.Errorf("got %s, %v\nwant %s", got, p.Diagnostics, want)
	}
}

func TestUpgradeIsRefused(t *testing.T) {
	t.Parallel()
	all := []string{"node1", "node2", "node3", "node4", "node5"}
	for want, c := range map[string]struct {
		change  func(*schema.Facts)
		options care.UpgradeOptions
	}{
		"cannot upgrade while node3 is offline: its heartbeat is 0s old": {func(f *schema.Facts) {
			member(f, "node3", func(m *schema.MemberFacts) { m.Online = false })
		}, upgradeOptions(all...)},
		"cannot upgrade while the join of node5 has not ended": {func(f *schema.Facts) {
			member(f, "node5", func(m *schema.MemberFacts) { m.State = schema.StatePending })
		}, upgradeOptions(all...)},
		"cannot upgrade node2: connection refused": {func(f *schema.Facts) {
			f.Hosts["node2"] = schema.HostFacts{Fault: "connection refused"}
		}, upgradeOptions(all...)},
		"cannot upgrade node5: how is not known": {func(*schema.Facts) {},
			upgradeOptions(all[:4]...)},
		"cannot upgrade while operations run: Creating instance on node1": {func(*schema.Facts) {},
			care.UpgradeOptions{Daemons: upgradeOptions(all...).Daemons, Operations: []string{"Creating instance on node1"}}},
		"cannot upgrade while it is not known who leads the database: the leader is upgraded last": {
			func(f *schema.Facts) { f.Leader = "" }, upgradeOptions(all...)},
		"cannot upgrade without seeing the cluster's database: members that wait for others answer nothing else": {func(f *schema.Facts) { f.Source = "rest" }, upgradeOptions(all...)},
	} {
		p := care.Upgrade(upgradeFacts(c.change), kinds.Registry(), c.options)
		if !p.Refused() || !slices.ContainsFunc(p.Diagnostics, func(d schema.Diagnostic) bool { return d.Summary == want }) {
			t.Errorf("got %s, want a refusal: %s", fmt.Sprint(p.Diagnostics), want)
		}
	}
}

// TestUpgradeGoesOnWithADaemonThatIsTooOldToStart has a member that was restarted before the new version was installed.
func TestUpgradeGoesOnWithADaemonThatIsTooOldToStart(t *testing.T) {
	t.Parallel()
	live := upgradeFacts(func(f *schema.Facts) {
		member(f, "node2", func(m *schema.MemberFacts) { m.Extensions = 340 })
		member(f, "node3", func(m *schema.MemberFacts) { m.Online = false })
		f.Hosts["node3"] = schema.HostFacts{Fault: "connection refused"}
	})
	p := care.Upgrade(live, kinds.Registry(), upgradeOptions("node1", "node2", "node3", "node4", "node5"))
	if got, want := stepIDs(p), "install:node5 restart:node5 install:node4 restart:node4 install:node3 restart:node3 install:node1 restart:node1 await"; got != want || p.Refused() {
		t.Errorf("got %s, %v\nwant %s", got, p.Diagnostics, want)
	}
	p = care.Upgrade(live, kinds.Registry(), upgradeOptions("node1", "node2", "node4", "node5"))
	if !p.Refused() {
		t.Error("a member whose machine does not answer either must refuse the plan")
	}
}

// TestUpgradeStartsADaemonThatIsDown has one that died before anything was upgraded, and one that died once it was.
func TestUpgradeStartsADaemonThatIsDown(t *testing.T) {
	t.Parallel()
	options := upgradeOptions("node1", "node2", "node3", "node4", "node5")
	for name, d := range options.Daemons {
		d.Start = "start"
		options.Daemons[name] = d
	}
	down := func(extensions int) func(f *schema.Facts) {
		return func(f *schema.Facts) {
			member(f, "node5", func(m *schema.MemberFacts) { m.Extensions, m.Online = extensions, false })
			f.Hosts["node5"] = schema.HostFacts{Fault: "connection refused", FaultKind: schema.FaultUnreachable}
		}
	}
	for extensions, want := range map[int]string{
		318: "start:node5 install:node5 restart:node5 install:node4 restart:node4 install:node2 restart:node2 install:node3 restart:node3 install:node1 restart:node1 await",
		340: "start:node5 install:node4 restart:node4 install:node2 restart:node2 install:node3 restart:node3 install:node1 restart:node1 await",
	} {
		p := care.Upgrade(upgradeFacts(down(extensions)), kinds.Registry(), options)
		if got := stepIDs(p); got != want || p.Refused() {
			t.Errorf("got %s, %v\nwant %s", got, p.Diagnostics, want)
		}
	}
}

func TestUpgradeRunsTheCommandWithItsPreparation(t *testing.T) {
	t.Parallel()
	options := upgradeOptions("node1", "node2", "node3", "node4", "node5")
	d := options.Daemons["node5"]
	d.Prepare = "prepare && "
	options.Daemons["node5"] = d
	step := care.Upgrade(upgradeFacts(func(*schema.Facts) {}), kinds.Registry(), options).Steps[0]
	if step.Title != "Install on node5" || step.Op.Shell.Text != "prepare && install" {
		t.Errorf("got %q that runs %q", step.Title, step.Op.Shell.Text)
	}
}
