package care

import (
	"fmt"
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// UpgradeOptions are what the operator decides, and what was seen beside the cluster.
type UpgradeOptions struct {
	// Daemons says how each member's daemon is handled; a member that is missing cannot be handled.
	Daemons map[string]Daemon
	// Operations are descriptions of the operations that run on the cluster.
	Operations []string
	// Evacuate moves the instances of each member away before and back afterwards.
	Evacuate bool
}

// Upgrade plans to bring all members to a newer version, one at a time: those without a vote first, the leader last.
// Members that already run what the newest one runs are left out, so a plan goes on where an earlier one stopped.
//
// A member that starts with a newer version than others waits for them (it is blocked); one that starts with an older
// version than another member exits (lxd 5.0.2, lxd/db/cluster/open.go). So the first restart is the point of no
// return.
func Upgrade(live schema.Cluster, reg schema.Registry, opts UpgradeOptions) *plan.Plan {
	p := &plan.Plan{Flavour: live.Facts.Flavour}
	order := upgradeOrder(live)
	p.Diagnostics = preflight(live, order, opts)
	u := upgrade{plan: p, live: live, reg: reg, opts: opts}
	for _, name := range live.Facts.MemberOrder() {
		if startable(live.Facts, name, order, opts) {
			u.restart("start:"+name, "Start "+name, opts.Daemons[name].Start, plan.Await{Member: name},
				plan.Risk{Level: plan.RiskLow, Undo: "stop it"})
		}
	}
	for i, name := range order {
		u.member(name, i == 0)
	}
	if len(order) > 0 {
		u.add(plan.Step{ID: "await", Title: "Wait until all members are Online with the same version",
			Op: plan.Op{Kind: plan.OpAwait, Await: &plan.Await{}}, Risk: plan.Risk{Level: plan.RiskNone}})
	}
	return p
}

// upgradeOrder returns the members that are to be upgraded: spares, stand-bys, voters, the leader.
func upgradeOrder(live schema.Cluster) []string {
	facts := live.Facts
	begun := mixed(facts)
	names := slices.DeleteFunc(facts.MemberOrder(), func(name string) bool {
		m := facts.Members[name]
		return m.State == schema.StatePending || begun && newest(facts, name)
	})
	rank := func(name string) int {
		switch role := facts.Members[name].Role; {
		case name == facts.Leader:
			return 3
		case role == schema.Voter:
			return 2
		case role == schema.StandBy:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	return names
}

// startable reports a member whose daemon is down and is started first: how is known. One that is behind others does
// not start before it is upgraded.
func startable(f schema.Facts, name string, order []string, opts UpgradeOptions) bool {
	return f.Hosts[name].FaultKind == schema.FaultUnreachable && opts.Daemons[name].Start != "" &&
		f.Members[name].State != schema.StatePending && (!mixed(f) || !slices.Contains(order, name))
}

// mixed reports whether members run different versions of the database or the API.
func mixed(f schema.Facts) bool {
	for name := range f.Members {
		if f.Members[name].State != schema.StatePending && !newest(f, name) {
			return true
		}
	}
	return false
}

// newest reports whether no member runs something newer.
func newest(f schema.Facts, name string) bool {
	m := f.Members[name]
	for _, other := range f.Members {
		if other.State != schema.StatePending && (other.Schema > m.Schema || other.Extensions > m.Extensions) {
			return false
		}
	}
	return true
}

type upgrade struct {
	plan *plan.Plan
	live schema.Cluster
	reg  schema.Registry
	opts UpgradeOptions
}

func (u *upgrade) add(s plan.Step) {
	if n := len(u.plan.Steps); n > 0 {
		s.Needs = []plan.StepID{u.plan.Steps[n-1].ID}
	}
	s.Sections = []plan.Section{plan.SectionCluster}
	u.plan.Steps = append(u.plan.Steps, s)
}

func (u *upgrade) member(name string, first bool) {
	m, d := u.live.Facts.Members[name], u.opts.Daemons[name]
	if u.opts.Evacuate && m.Instances > 0 {
		u.state(name, "evacuate", "Evacuate "+name)
	}
	u.add(plan.Step{ID: plan.StepID("install:" + name), Title: "Install on " + name, Cause: plan.MemberRef(name), Member: name,
		Op: plan.Op{Kind: plan.OpShell, Shell: u.shell(name, d.Prepare+d.Upgrade)},
		Risk: plan.Risk{Level: plan.RiskLow,
			Undo: "install the older version while no daemon has started with the newer one"}})
	risk := plan.Risk{Level: plan.RiskHigh,
		Stops: fmt.Sprintf("the API of %s, until all members run the same version; %s", name, goesOn(m.Instances)),
		Undo:  "finish the upgrade: a daemon of the older version does not start beside a newer one"}
	if first {
		risk.Stops += "; this is the point of no return"
		risk.Undo = ""
	}
	if m.Role == schema.Voter {
		risk.Before, risk.After = u.voters(""), u.voters(name)
	}
	u.restart("restart:"+name, "Restart "+name, d.Restart,
		plan.Await{Member: name, Schema: m.Schema, Extensions: m.Extensions}, risk)
	if u.opts.Evacuate && m.Instances > 0 {
		u.state(name, "restore", "Restore "+name)
	}
}

// restart adds a step that starts a daemon, and waits until the member is back.
func (u *upgrade) restart(id, title, command string, until plan.Await, risk plan.Risk) {
	u.add(plan.Step{ID: plan.StepID(id), Title: title, Cause: plan.MemberRef(until.Member), Member: until.Member,
		Op: plan.Op{Kind: plan.OpRestart, Shell: u.shell(until.Member, command), Await: &until}, Risk: risk})
}

func (u *upgrade) shell(name, command string) *plan.Shell {
	d := u.opts.Daemons[name]
	return &plan.Shell{Task: plan.TaskService, Binary: d.Binary, Folder: d.Folder, Text: command,
		Address: u.live.Facts.Members[name].Address}
}

// goesOn says that instances do not notice.
func goesOn(instances int) string {
	switch instances {
	case 0:
		return "no instances are on it"
	case 1:
		return "its 1 instance goes on"
	default:
		return fmt.Sprintf("its %d instances go on", instances)
	}
}

func (u *upgrade) state(name, action, title string) {
	kind, _ := u.reg.Kind(schema.KindMember)
	u.add(plan.Step{ID: plan.StepID(action + ":" + name), Title: title, Cause: plan.MemberRef(name),
		Op: plan.Op{Kind: plan.OpEvacuate,
			Request: &plan.Request{Method: "POST", Path: kind.ObjectPath(plan.MemberRef(name)) + "/state",
				Body: plan.Body(map[string]string{"action": action})}},
		Risk: plan.Risk{Level: plan.RiskMedium, Stops: "instances are stopped or moved", Undo: "move them back"}})
}

// voters counts the voters online while a member restarts.
func (u *upgrade) voters(without string) plan.Voters {
	roles, _ := view.RolesOf(u.live)
	for i := range roles {
		roles[i].Online = roles[i].Online && roles[i].Member != without
	}
	return view.VotersAmong(roles)
}
