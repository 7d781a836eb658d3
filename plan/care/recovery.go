package care

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"clusterctl/plan"
	"clusterctl/schema"
)

// Daemon is how a member's daemon is handled on its machine: command lines for a POSIX shell, empty where they are not
// Known. Binary is the daemon's own command, Folder where it keeps its state. Prepare goes before Upgrade, and is
// nothing that people have to read each time.
type Daemon struct {
	Binary, Folder                         string
	Stop, Start, Restart, Prepare, Upgrade string
	// StopsInstances reports that Stop shuts the instances down, too.
	StopsInstances bool
	// Fault says why nothing can be done with it; empty when something can.
	Fault string
}

// Copy is the copy of the database on one member's machine, read while the daemon may be down.
type Copy struct {
	Member, Address string
	Daemon          Daemon
	// Last is the last entry of its log. Unread says why it is not known, empty when it is.
	Last   Entry
	Unread string
	// Newest is the newest heartbeat that it holds, zero when that is not known; Round is how often there is one.
	Newest time.Time
	Round  time.Duration
	// Members is the Raft configuration that it knows.
	Members []schema.RaftMember
	// Fault says why there is no copy; empty when there is.
	Fault string
}

// Entry is the place of an entry in the log.
type Entry struct{ Term, Index uint64 }

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

// votes reports that the copy is there and its member votes.
func (c Copy) votes() bool { return c.Fault == "" && c.Role() == schema.Voter }

// compare orders copies as Raft does when it votes: by the term of the last entry, then by its index. A copy that
// cannot be read may be older than any other.
func (c Copy) compare(other Copy) int {
	if c.Unread != "" || other.Unread != "" {
		return cmp.Compare(len(other.Unread), len(c.Unread))
	}
	return cmp.Or(cmp.Compare(c.Last.Term, other.Last.Term), cmp.Compare(c.Last.Index, other.Last.Index))
}

// RecoveryOptions are what the operator decides, and what was found out about the survivor's copy.
type RecoveryOptions struct {
	// Survivor overrides the choice of the member that goes on alone.
	Survivor string
	// AllowDestroy has newer-copy/MEMBER for each member whose copy is newer than that of the chosen survivor.
	AllowDestroy []string
	// Archive is the name of the file for the old database, in each member's folder.
	Archive string
	// Gaps are what the other copies have and the survivor's has not.
	Gaps []Gap
	// Fence returns the SQL that takes those members' certificates out of the survivor's trust; empty when that is not
	// known.
	Fence func(members []string) string
}

// Gap is what one copy has and the survivor's has not.
type Gap struct {
	Member string
	// Entries are at least so many unless Exact.
	Entries uint64
	Exact   bool
	// Objects are those that differ or that only it has; Compared is false where the rows could not be compared.
	Objects  []schema.Ref
	Compared bool
}

// Survivor returns the voter whose copy is newer than those of all other voters that can be asked. There is none when
// two are equal or when one cannot be read: the first by name is returned then, and why says so.
func Survivor(copies []Copy) (best Copy, why string) {
	for _, c := range copies {
		if c.votes() && (best.Member == "" || c.compare(best) > 0 || c.compare(best) == 0 && c.Member < best.Member) {
			best = c
		}
	}
	for _, c := range copies {
		switch {
		case !c.votes() || c.Member == best.Member && c.Unread == "":
		case c.Unread != "":
			return best, fmt.Sprintf("the copy of %s cannot be read: %s", c.Member, c.Unread)
		case c.compare(best) == 0:
			return best, fmt.Sprintf("the copies of %s and %s are equal", best.Member, c.Member)
		}
	}
	return best, ""
}

// Chosen returns the survivor: the one that the operator names, or else the newest copy. found is false when there is
// none.
func Chosen(copies []Copy, opts RecoveryOptions) (chosen Copy, found bool) {
	if opts.Survivor == "" {
		chosen, _ = Survivor(copies)
		return chosen, chosen.Member != ""
	}
	i := slices.IndexFunc(copies, func(c Copy) bool { return c.Member == opts.Survivor })
	if i < 0 {
		return Copy{}, false
	}
	return copies[i], true
}

// Recovery plans to bring a database back whose voters are lost for the most part: one survivor becomes the only one in
// the Raft configuration. Every daemon that has a copy is stopped and every copy archived before anything is changed;
// spares have none. Other voters whose machines answer get the survivor's copy, or else they could elect one of
// themselves by their old one; those that do not answer lose the survivor's trust (lxd 5.0.2 and incus 6.0.4: two old
// voters that come back take the survivor over otherwise; measured). Nothing else is deleted: the lost members are
// still listed afterwards.
func Recovery(copies []Copy, opts RecoveryOptions) *plan.Plan {
	p := &plan.Plan{}
	chosen, found := Chosen(copies, opts)
	if p.Diagnostics = judge(copies, chosen, found, opts); !found {
		return p
	}
	r := recovery{plan: p}
	others := slices.DeleteFunc(slices.Clone(copies),
		func(c Copy) bool { return c.Fault != "" || c.Member == chosen.Member })
	holders := append(slices.DeleteFunc(slices.Clone(others), func(c Copy) bool { return c.Role() == schema.Spare }),
		chosen)
	for _, c := range holders {
		r.service(c, "stop", "Stop the daemon of "+c.Member, c.Daemon.Stop)
	}
	for _, c := range holders {
		file := c.Daemon.Folder + "/" + opts.Archive
		r.step(c, "archive", "Archive the database of "+c.Member+" as "+file+", with its checksum",
			plan.Shell{Task: "archive", File: file}, plan.Risk{Level: plan.RiskNone, Undo: "delete the file"})
	}
	r.step(chosen, "recover", "Make "+chosen.Member+" the only member of the Raft configuration",
		plan.Shell{Task: "recover"},
		plan.Risk{Level: plan.RiskHigh,
			Stops: loses(chosen, lostVoters(copies, chosen)),
			Undo:  "stop the daemon, unpack " + chosen.Daemon.Folder + "/" + opts.Archive,
			After: plan.Voters{Online: 1, Needed: 1}})
	r.fence(chosen, others, lostVoters(copies, chosen), opts)
	r.service(chosen, "start", "Start the daemon of "+chosen.Member, chosen.Daemon.Start)
	r.step(chosen, "ready", "Wait until "+chosen.Member+" answers", plan.Shell{Task: "ready"},
		plan.Risk{Level: plan.RiskNone})
	for _, c := range others {
		r.service(c, "start", "Start the daemon of "+c.Member+" if it is down", c.Daemon.Start)
	}
	return p
}

// loses says what goes with the copies that are given up. Others that answer get the survivor's.
func loses(chosen Copy, lost []string) string {
	if len(lost) == 0 {
		return "what the copy of " + chosen.Member + " does not have is in the archives alone"
	}
	names := strings.Join(lost, ", ")
	return "what only " + names + " had stored is gone, and " + names + " must never come back without being wiped"
}

type recovery struct{ plan *plan.Plan }

// fence keeps voters with an old configuration from electing one of themselves against the survivor.
func (r *recovery) fence(chosen Copy, others []Copy, lost []string, opts RecoveryOptions) {
	for _, c := range others {
		if c.Role() == schema.Voter {
			r.step(c, "replace", fmt.Sprintf("Give %s the copy of %s, so that its own cannot vote", c.Member, chosen.Member),
				plan.Shell{Task: "replace", From: chosen.Member, FromFolder: chosen.Daemon.Folder},
				plan.Risk{Level: plan.RiskHigh, Stops: "its own copy is in its archive alone",
					Undo: "unpack " + c.Daemon.Folder + "/" + opts.Archive})
		}
	}
	if len(lost) == 0 || opts.Fence == nil {
		return
	}
	if text := opts.Fence(lost); text != "" {
		r.step(chosen, "fence", fmt.Sprintf("Have %s trust %s no more, so that they cannot vote when they come back",
			chosen.Member, strings.Join(lost, ", ")), plan.Shell{Task: "fence", Text: text}, plan.Risk{Level: plan.RiskMedium,
			Stops: "what they ask of it, until they are wiped and join again"})
	}
}

// lostVoters are the voters, by the survivor's configuration, whose machines do not answer.
func lostVoters(copies []Copy, chosen Copy) (lost []string) {
	for _, m := range chosen.Members {
		answers := slices.ContainsFunc(copies, func(c Copy) bool { return c.Fault == "" && c.is(m) })
		if m.Role == schema.Voter && m.Name != "" && !answers {
			lost = append(lost, m.Name)
		}
	}
	return lost
}

func (r *recovery) service(c Copy, task, title, text string) {
	risk := plan.Risk{Level: plan.RiskMedium, Stops: "the API of " + c.Member + "; instances go on", Undo: "start it"}
	if c.Daemon.StopsInstances {
		risk = plan.Risk{Level: plan.RiskHigh,
			Stops: "the API of " + c.Member + " and its instances, which its package shuts down", Undo: "start it"}
	}
	if task == "start" {
		risk = plan.Risk{Level: plan.RiskNone, Undo: "stop it"}
	}
	r.step(c, task, title, plan.Shell{Task: plan.TaskService, Text: text}, risk)
}

func (r *recovery) step(c Copy, task, title string, s plan.Shell, risk plan.Risk) {
	s.Binary, s.Folder, s.Address = c.Daemon.Binary, c.Daemon.Folder, c.Address
	var needs []plan.StepID
	if n := len(r.plan.Steps); n > 0 {
		needs = []plan.StepID{r.plan.Steps[n-1].ID}
	}
	r.plan.Steps = append(r.plan.Steps, plan.Step{ID: plan.StepID(task + ":" + c.Member), Title: title,
		Cause: plan.MemberRef(c.Member), Member: c.Member,
		Op: plan.Op{Kind: plan.OpShell, Shell: &s}, Needs: needs, Risk: risk, Sections: []plan.Section{plan.SectionCluster}})
}
