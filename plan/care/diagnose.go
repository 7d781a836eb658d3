package care

import (
	"maps"
	"slices"
	"strings"
	"time"

	"clusterctl/plan"
	"clusterctl/plan/guard"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// Observation is everything that a diagnosis is made from. What was not read is empty, and nothing is concluded from
// it.
type Observation struct {
	Live schema.Cluster
	// Raft is what the leader's dqlite says of the Raft group.
	Raft schema.Raft
	// Local has the copy of that in each reached member's own database, by member.
	Local map[string][]schema.RaftMember
	// Answers says whether the cluster address of a member takes connections; missing when that was not tried. Ghosts
	// are named by their address.
	Answers map[string]bool
	// Blocked are the addresses that members could not connect to although they tried.
	Blocked []Blocked
	// Own are the members' own certificates, by member, where they could be read.
	Own map[string]schema.CertificateEntry
	// Trusted are the certificates of type server in the trust store. They were read before Live, so that a member that
	// joins meanwhile is not taken for one that left.
	Trusted []TrustedServer
	// Expiry is when certificates end, by what they are: "the cluster's certificate".
	Expiry map[string]time.Time
	// Clocks is how far each member's clock is ahead of ours.
	Clocks map[string]time.Duration
	Now    time.Time
}

// Blocked is an address of one member, under a server key such as core.https_address, that another one could not
// connect to.
type Blocked struct{ From, To, Key, Address string }

// TrustedServer is a certificate of a member in the trust store.
type TrustedServer struct {
	Name, Fingerprint string
	// Keyless: a recovery made it for a member that it gave up, and nobody has its key.
	Keyless bool
}

// Unmade is a check that could not be made. From it nothing follows.
type Unmade struct {
	// Check says what was not looked at; Member is on which member, empty for the whole cluster.
	Check  string `json:"check"`
	Member string `json:"member"`
	Cause  string `json:"cause"`
}

// NeedRoot is what runs commands as root on the machine of a member.
const NeedRoot = "recover, upgrade and the removal of what a broken-off join left"

// Beyond says of a member's connection that nothing which needs root can be done through it, and why.
type Beyond struct {
	Member string `json:"member"`
	Cause  string `json:"cause"`
}

// Finding is something that is wrong, and the steps that mend it; none when that is not sure, or not for a tool to do.
type Finding struct {
	schema.Diagnostic
	Steps []plan.Step
}

// examination is what the checks look at: an observation, with what several of them need.
type examination struct {
	Observation
	reg   schema.Registry
	build Builder
	// through is the member whose socket repairs go through; empty when no socket is reached.
	through string
	// strangers are the members whose connection leads to a server that is not this member.
	strangers map[string]bool
	// fenced are the members that no other one trusts any more and that are down or out of the database, as a recovery
	// leaves those that it gave up.
	fenced map[string]bool
}

// Builder makes the whole plan that a preseed asks for; see the package build.
type Builder func(schema.Preseed, schema.Cluster, schema.Registry, plan.Options) *plan.Plan

// Diagnose looks for everything that can be wrong with a cluster beneath what a preseed says. Findings come in the
// order of the checks, and within one by name.
func Diagnose(o Observation, reg schema.Registry, build Builder) []Finding {
	facts := o.Live.Facts
	e := examination{Observation: o, reg: reg.For(facts.Flavour), build: build, through: view.SocketOf(facts)}
	var out []Finding
	for _, s := range guard.Bootstraps(facts) {
		out = append(out, e.judge(s)...)
	}
	if len(out) > 0 {
		return out // what else is seen there goes with it
	}
	out = e.leaveOutStrangers()
	e.leaveOutFenced()
	for _, check := range []func(examination) []Finding{
		checkReach, checkBlocked, checkVersions, checkGhosts, checkNotInRaft, checkLocalCopies, checkOwnAddresses,
		checkPendingRows,
		checkGroups, checkTrust, checkHalfCreated, checkClocks, checkExpiry,
	} {
		out = append(out, check(e)...)
	}
	out = schema.Filter(out, func(f Finding) bool { return !e.fenced[f.Member] || f.Code == plan.CodeNoTrust })
	for i, f := range out {
		if len(f.Steps) > 0 {
			out[i].Hint = strings.TrimSuffix("clusterctl doctor --fix; or by hand: "+out[i].Hint, "; or by hand: ")
		}
	}
	return out
}

// leaveOutStrangers finds the members whose connection leads to a server that is none, and drops what was read there:
// it is nothing of the member.
func (e *examination) leaveOutStrangers() (out []Finding) {
	e.strangers = map[string]bool{}
	for _, name := range e.listed() {
		if diag, elsewhere := leadsElsewhere(e.Live.Facts, name); elsewhere {
			diag.Severity, diag.Ref = schema.SeverityError, schema.Ref{}
			e.strangers[name] = true
			out = append(out, Finding{Diagnostic: diag})
		}
	}
	stranger := func(name string) bool { return e.strangers[name] }
	e.Own, e.Local, e.Clocks = without(e.Own, stranger), without(e.Local, stranger), without(e.Clocks, stranger)
	e.Blocked = schema.Filter(e.Blocked, func(b Blocked) bool { return !stranger(b.From) && !stranger(b.To) })
	return out
}

// leaveOutFenced finds the members that are fenced. That is their only finding: what else is advised for a member
// that is down or out of the database would bring it back.
func (e *examination) leaveOutFenced() {
	e.fenced = map[string]bool{}
	for _, name := range e.listed() {
		e.fenced[name] = len(e.Trusted) > 0 && !e.strangers[name] && e.inRaft(name).Has(guard.Idle|guard.NotInRaft) &&
			!slices.ContainsFunc(e.Trusted, func(t TrustedServer) bool { return e.theirs(t, name) })
	}
	fenced := func(name string) bool { return e.fenced[name] }
	e.Local = without(e.Local, fenced)
	e.Blocked = schema.Filter(e.Blocked, func(b Blocked) bool { return !fenced(b.From) && !fenced(b.To) })
}

// theirs reports a certificate of the trust store that is a member's: by its own one, or by the name where that was not
// read.
func (e examination) theirs(t TrustedServer, member string) bool {
	own := e.Own[member].Fingerprint
	return t.Fingerprint == own || own == "" && t.Name == member && !t.Keyless
}

// without returns the entries of all other members.
func without[V any](m map[string]V, out func(member string) bool) map[string]V {
	m = maps.Clone(m)
	maps.DeleteFunc(m, func(name string, _ V) bool { return out(name) })
	return m
}

// Repair is the plan of all steps that the findings have.
func Repair(findings []Finding, live schema.Cluster, members []schema.Member, files []string) *plan.Plan {
	p := &plan.Plan{Flavour: live.Facts.Flavour, Files: files, Members: members}
	for _, f := range findings {
		p.Steps = append(p.Steps, f.Steps...)
	}
	p.Ground(live)
	return p
}

func finding(severity schema.Severity, code schema.Code, member, summary, detail, hint string) Finding {
	return Finding{Diagnostic: schema.Diagnostic{Severity: severity, Code: code, Member: member, Summary: summary,
		Detail: detail, Hint: hint}}
}

// product is what the servers run.
func (e examination) product() schema.Product { return e.Live.Facts.Flavour.Product }

// listed returns the members that are in the cluster, by name: the joins of the others have not ended.
func (e examination) listed() []string {
	return schema.Filter(e.Live.Facts.MemberOrder(),
		func(name string) bool { return e.Live.Facts.Members[name].State != schema.StatePending })
}

// seen is what was seen of a member or a server that began to join.
func (e examination) seen(name string) guard.Seen {
	s := guard.LookAt(e.Live.Facts, name, "", guard.ToKnow)
	s.Facts |= e.reached(name)
	return s
}

// reached says whether anybody could connect to an address, by the name in the observation.
func (e examination) reached(name string) guard.Facts {
	switch answered, tried := e.Answers[name]; {
	case answered:
		return guard.Reached
	case tried:
		return guard.Unreached
	}
	return 0
}

// judge returns what the table says, as a finding, if anything.
func (e examination) judge(s guard.Seen) []Finding {
	row, ok := guard.Judge(s)
	if !ok || row.Do == guard.GoOn {
		return nil
	}
	return []Finding{{Diagnostic: row.Diagnostic(s, schema.SeverityError)}}
}

// silent reports that the address was tried and nobody answered, and that the daemon was not reached otherwise.
func (e examination) silent(name string) bool {
	return e.reached(name) == guard.Unreached && !e.runs(name)
}

// runs reports that the member's daemon was reached in the way that the preseed says.
func (e examination) runs(name string) bool {
	host, connected := e.Live.Facts.Hosts[name]
	return connected && host.Fault == "" && !e.strangers[name]
}

// planned returns the steps that make one object what is wanted, as a plan of a preseed with nothing else would; none
// when a guard speaks against them.
func (e examination) planned(want schema.Object) []plan.Step {
	plan := e.build(schema.Preseed{Want: schema.NewCluster(schema.Facts{}, want)}, e.Live, e.reg, plan.Options{})
	if plan.Refused() {
		return nil
	}
	return plan.Steps
}

// asDeclared returns a live object as the preseed that defined it would have it: without states and without what the
// server noted for itself.
func asDeclared(o schema.Object) schema.Object {
	out := o.Clone()
	out.State = ""
	volatile := func(key, _ string) bool { return strings.HasPrefix(key, "volatile.") }
	maps.DeleteFunc(out.Config, volatile)
	for name, part := range out.Members {
		maps.DeleteFunc(part.Config, volatile)
		out.Members[name] = schema.Part{Config: part.Config}
	}
	return out
}
