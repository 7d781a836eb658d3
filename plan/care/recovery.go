package care

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
)

// Daemon is how a member's daemon is handled on its machine: command lines for a POSIX shell, empty where they are not
// Known. Binary is the daemon's own command, Folder where it keeps its state. Prepare goes before Upgrade, and is nothing
// that people have to read each time.
type Daemon struct {
	Binary, Folder                         string
	Stop, Start, Restart, Prepare, Upgrade string
	// StopsInstances reports that Stop shuts the instances down, too.
	StopsInstances bool
}

// Copy is the copy of the database's configuration on one member's machine, read while the daemon may be down.
type Copy struct {
	Member, Address string
	Daemon          Daemon
	// Segment is the number of the newest segment of the database there: the higher, the newer.
	Segment uint64
	// Members is the Raft configuration that it knows.
	Members []schema.RaftMember
	// Fault says why there is no copy; empty when there is.
	Fault string
}

// Role is the member's own role by its own copy, empty when the copy does not have it.
func (c Copy) Role() schema.RaftRole {
	i := slices.IndexFunc(c.Members, c.is)
	if i < 0 {
		return ""
	}
	return c.Members[i].Role
}

func (c Copy) is(m schema.RaftMember) bool {
	return m.Address == c.Address || m.Address == "" && m.Name == c.Member
}

// RecoveryOptions are what the operator decides.
type RecoveryOptions struct {
	// Survivor overrides the choice of the member that goes on alone.
	Survivor string
	// Archive is the name of the file for the old database, in the survivor's folder.
	Archive string
}

// Survivor returns the voter with the newest copy; of equals the first by name.
func Survivor(copies []Copy) (Copy, bool) {
	var best Copy
	for _, c := range copies {
		newer := c.Segment > best.Segment || c.Segment == best.Segment && c.Member < best.Member
		if c.Fault == "" && c.Role() == schema.Voter && (best.Member == "" || newer) {
			best = c
		}
	}
	return best, best.Member != ""
}

// Recovery plans to bring a database back whose voters are lost for the most part: one survivor becomes the only one in
// the Raft configuration. Other voters whose machines answer are stopped meanwhile, so that no older copy votes. Nothing is
// deleted; the lost members are still listed afterwards (lxd 5.0.2, doc/clustering.md "Recover from quorum loss").
func Recovery(copies []Copy, opts RecoveryOptions) *plan.Plan {
	p := &plan.Plan{}
	chosen, found := Survivor(copies)
	newest := chosen
	if opts.Survivor != "" {
		i := slices.IndexFunc(copies, func(c Copy) bool { return c.Member == opts.Survivor })
		found = i >= 0
		if found {
			chosen = copies[i]
		}
	}
	if p.Diagnostics = judge(copies, chosen, newest, found, opts); !found {
		return p
	}
	r := recovery{plan: p}
	others := slices.DeleteFunc(slices.Clone(copies), func(c Copy) bool { return c.Fault != "" || c.Member == chosen.Member })
	for _, c := range others {
		if c.Role() == schema.Voter {
			r.service(c, "stop", "Stop the daemon of "+c.Member+", whose copy is not to vote", c.Daemon.Stop)
		}
	}
	r.service(chosen, "stop", "Stop the daemon of "+chosen.Member, chosen.Daemon.Stop)
	file := chosen.Daemon.Folder + "/" + opts.Archive
	r.step(chosen, "archive", "Archive its database as "+file, plan.Shell{Task: "archive", File: file},
		plan.Risk{Level: plan.RiskNone, Undo: "delete the file"})
	r.step(chosen, "recover", "Make "+chosen.Member+" the only member of the Raft configuration", plan.Shell{Task: "recover"},
		plan.Risk{Level: plan.RiskHigh, Stops: "what only the lost voters had stored is gone; the others must never come back without being wiped",
			Undo: "stop the daemon, unpack " + file, After: plan.Voters{Online: 1, Needed: 1}})
	r.service(chosen, "start", "Start the daemon of "+chosen.Member, chosen.Daemon.Start)
	r.step(chosen, "ready", "Wait until "+chosen.Member+" answers", plan.Shell{Task: "ready"}, plan.Risk{Level: plan.RiskNone})
	for _, c := range others {
		r.service(c, "start", "Start the daemon of "+c.Member+" if it is down", c.Daemon.Start)
	}
	return p
}

type recovery struct{ plan *plan.Plan }

func (r *recovery) service(c Copy, task, title, text string) {
	risk := plan.Risk{Level: plan.RiskMedium, Stops: "the API of " + c.Member + "; instances go on", Undo: "start it"}
	if c.Daemon.StopsInstances {
		risk = plan.Risk{Level: plan.RiskHigh, Stops: "the API of " + c.Member + " and its instances, which its package shuts down", Undo: "start it"}
	}
	if task == "start" {
		risk = plan.Risk{Level: plan.RiskNone, Undo: "stop it"}
	}
	r.step(c, task, title+": "+text, plan.Shell{Task: "service", Text: text}, risk)
}

func (r *recovery) step(c Copy, task, title string, s plan.Shell, risk plan.Risk) {
	s.Binary, s.Folder, s.Address = c.Daemon.Binary, c.Daemon.Folder, c.Address
	var needs []plan.StepID
	if n := len(r.plan.Steps); n > 0 {
		needs = []plan.StepID{r.plan.Steps[n-1].ID}
	}
	r.plan.Steps = append(r.plan.Steps, plan.Step{ID: plan.StepID(task + ":" + c.Member), Title: title, Cause: plan.MemberRef(c.Member), Member: c.Member,
		Op: plan.Op{Kind: plan.OpShell, Shell: &s}, Needs: needs, Risk: risk, Sections: []plan.Section{plan.SectionCluster}})
}

// judge says what speaks against going on with the chosen copy.
func judge(copies []Copy, chosen, newest Copy, found bool, opts RecoveryOptions) schema.Diagnostics {
	if !found {
		diag := plan.Refusal(plan.CodeNoSurvivor, schema.Position{}, schema.Ref{}, "cannot recover: no voter of the database has survived where it can be seen")
		if opts.Survivor != "" {
			diag.Summary = fmt.Sprintf("cannot recover on %s: the files do not have it", opts.Survivor)
		}
		diag.Hint = "give every surviving member with a connection over ssh:// or unix://"
		return schema.Diagnostics{diag}
	}
	var out schema.Diagnostics
	add := func(code schema.Code, hint, format string, args ...any) {
		diag := plan.Refusal(code, schema.Position{}, plan.MemberRef(chosen.Member), format, args...)
		diag.Member, diag.Hint = chosen.Member, hint
		out = append(out, diag)
	}
	switch {
	case chosen.Fault != "":
		add(plan.CodeNoSurvivor, "mend the connection, or choose another survivor", "cannot recover on %s: %s", chosen.Member, chosen.Fault)
	case chosen.Role() != schema.Voter:
		add(plan.CodeNoSurvivor, "choose a voter", "cannot recover on %s: it is %s, and only a voter has the whole database", chosen.Member, cmp.Or(string(chosen.Role()), "no member"))
	case chosen.Daemon.Stop == "" || chosen.Daemon.Start == "":
		add(plan.CodeNoService, "give --stop-command and --start-command", "cannot stop and start the daemon of %s: no package keeps its state in %s", chosen.Member, chosen.Daemon.Folder)
	}
	if chosen.Segment < newest.Segment {
		out = append(out, schema.Diagnostic{Severity: schema.SeverityWarning, Code: plan.CodeOlderCopy, Member: chosen.Member,
			Summary: fmt.Sprintf("%s has segment %d, and %s the newer one %d: what was stored in between is lost", chosen.Member, chosen.Segment, newest.Member, newest.Segment)})
	}
	if alive, needed := machines(copies, chosen); opts.Survivor == "" && len(alive) >= needed {
		diag := plan.Refusal(plan.CodeNotLostYet, schema.Position{}, schema.Ref{}, "the quorum is not lost: the machines of %d voters answer (%s), and %d are needed", len(alive), strings.Join(alive, ", "), needed)
		diag.Hint = "start their daemons; after a recovery, remove who is lost with clusterctl remove --force; if the daemons are beyond starting: --survivor " + chosen.Member
		out = append(out, diag)
	}
	return out
}

// machines returns the voters whose machines answer, by the newest configuration, and how many a quorum needs.
func machines(copies []Copy, newest Copy) (alive []string, needed int) {
	voters := 0
	for _, m := range newest.Members {
		if m.Role != schema.Voter {
			continue
		}
		voters++
		if i := slices.IndexFunc(copies, func(c Copy) bool { return c.Fault == "" && c.is(m) }); i >= 0 {
			alive = append(alive, copies[i].Member)
		}
	}
	slices.Sort(alive)
	return alive, voters/2 + 1
}
