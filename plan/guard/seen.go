package guard

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"clusterctl/plan"
	"clusterctl/schema"
)

// Seen is what was seen of one member, or of a server that is to become one, and what for it was looked at. The texts
// fill the words of the table.
type Seen struct {
	Facts                  Facts
	Member, Address, Other string
	// Why is the fault of its connection in words, Age how old its last heartbeat is.
	Why     string
	Age     time.Duration
	Product schema.Product
}

// Facts is a set of facts. Those of one line below are of one group: what was seen has one of a group, or none where
// nobody looked.
type Facts uint64

// What it is looked at for: to work through its connection; to let it join, or go on with its join; to change what all
// members have; to let it leave; to give it up; to judge its health; its join has failed; nobody tells of the database.
const (
	ToUse Facts = 1 << iota
	ToJoin
	ToChangeAll
	ToLeave
	ToGiveUp
	ToKnow
	JoinFailed
	NoDatabase

	// What the cluster's database has of it: no row; none that REST shows, which leaves out joins; that of a join; a
	// member.
	NoRow
	NotListed
	Pending
	Listed

	// Its heartbeat is younger or older than cluster.offline_threshold.
	Young
	Late

	// What its daemon says of itself: a member of this cluster under this name; under a name that nobody has; another
	// member; of another cluster; that it is joining one; of none, with a database of its own that has members of this
	// cluster, and a join that may go on, or that failed; that it begins one; that it began one, and never ended; of
	// none, with a database of its own that has none, or that was not read. It starts; it refuses us, by its host key,
	// its certificate, its rights; it lets us see some projects; nobody answers.
	Ours
	Renamed
	AnotherMember
	Foreign
	Entering
	HalfJoined
	HalfMember
	Bootstrapping
	HalfBootstrapped
	Blank
	Alone
	Starting
	HostKey
	WrongCertificate
	Denied
	Restricted
	Silent
	Broken

	// Whether somebody can connect to its cluster address.
	Reached
	Unreached

	// Whether the Raft configuration has it; Idle is a member that it has, and that is late or does not answer. Those
	// that a recovery gave up are in it again soon: the leader adds who has a young heartbeat (lxd 5.0.2, measured).
	InRaft
	Idle
	NotInRaft

	// How a join ended: its operation hangs; it is over, with a password, a token of the preseed's or otherwise; nobody
	// waited for its end; the joiner is gone, or the cluster gives no answer.
	Hangs
	OverPassword
	OverToken
	Over
	Stopped
	Unended
	ClusterGone

	// Whether its own server certificate is in the trust store; its fingerprint decides, not its name. GivenUp has in its
	// place one that a recovery made, without a key.
	Distrusted
	GivenUp
	// The trust store has a server certificate of no member: sure; it may be one of a member; of a server that joins.
	StaleTrust
	MaybeMember
	MaybeJoiner

	// Why the database gives no answer: the cluster's certificate has ended; most voters are off; enough answer. Where
	// nobody could be asked, what the daemons say of themselves tells.
	Ended
	FewVoters
	EnoughVoters
)

// factNames are those of the facts, in order, with a stroke behind each group, of which one holds at a time.
const factNames = `ToUse ToJoin ToChangeAll ToLeave ToGiveUp ToKnow JoinFailed NoDatabase / NoRow NotListed Pending Listed /
	Young Late / Ours Renamed AnotherMember Foreign Entering HalfJoined HalfMember Bootstrapping HalfBootstrapped Blank
	Alone Starting HostKey WrongCertificate Denied Restricted Silent Broken / Reached Unreached / InRaft Idle NotInRaft /
	Hangs OverPassword OverToken Over Stopped Unended ClusterGone / Distrusted GivenUp StaleTrust MaybeMember
	MaybeJoiner / Ended FewVoters EnoughVoters`

// groups are the facts by group, and each by its name.
var groups = sync.OnceValues(func() (groups []Facts, named map[string]Facts) {
	named = map[string]Facts{}
	for names := range strings.SplitSeq(factNames, "/") {
		var group Facts
		for name := range strings.FieldsSeq(names) {
			named[name] = 1 << len(named)
			group |= named[name]
		}
		groups = append(groups, group)
	}
	return groups, named
})

// UnmarshalText reads facts by their names.
func (f *Facts) UnmarshalText(text []byte) error {
	_, named := groups()
	for name := range strings.FieldsSeq(string(text)) {
		if named[name] == 0 {
			return fmt.Errorf("there is no fact %s", name)
		}
		*f |= named[name]
	}
	return nil
}

// Has reports that what was seen has, of each group that the facts name, one of those.
func (f Facts) Has(facts Facts) bool {
	all, _ := groups()
	for _, group := range all {
		if facts&group != 0 && facts&group&f == 0 {
			return false
		}
	}
	return true
}

// LookAt returns what a reading shows of a member or joiner, looked at for that. Of a member that the preseed does not
// name the others tell whether they reach it, when they are asked for what it says of itself.
func LookAt(f schema.Facts, name, address string, what Facts) Seen {
	m, row := f.Members[name]
	host, connected := f.Hosts[name]
	s := Seen{Member: name, Address: cmp.Or(m.Address, address), Other: host.Name, Why: host.Fault, Age: m.HeartbeatAge,
		Product: f.Flavour.Product, Facts: what}
	_, blind := f.NotSeen(schema.LookJoins, "")
	switch {
	case !f.Clustered: // there is no database that has rows
	case row && m.State == schema.StatePending:
		s.Facts |= Pending
	case row && m.Online:
		s.Facts |= Listed | Young
	case row:
		s.Facts |= Listed | Late
	case blind:
		s.Facts |= NotListed
	default:
		s.Facts |= NoRow
	}
	switch dark, unseen := f.NotSeen(schema.LookServerKeys, name); {
	case connected:
		s.Facts |= answer(f, name, host)
	case what == ToChangeAll && unseen && faults[dark.Fault].Has(Silent|Starting):
		s.Facts, s.Why = s.Facts|Unreached, dark.Cause
	}
	return s
}

// faults are the facts that a fault of a connection stands for.
var faults = map[schema.Fault]Facts{schema.FaultHostKey: HostKey, schema.FaultHostKeyUnknown: HostKey,
	schema.FaultCertificate: WrongCertificate, schema.FaultDenied: Denied, schema.FaultStarting: Starting,
	schema.FaultUnreachable: Silent, schema.FaultTimeout: Silent}

// OfFault is the fact that a fault of a connection stands for.
func OfFault(kind schema.Fault) Facts { return cmp.Or(faults[kind], Broken) }

// answer is what the daemon behind the connection of a member says of itself. One that was renamed says its earlier
// name until it restarts (lxd 5.0.2, measured): its address and its certificate tell that it is the same.
func answer(f schema.Facts, name string, host schema.HostFacts) Facts {
	row := f.Members[name]
	_, known := f.Members[host.Name]
	switch {
	case host.JoinFailed:
		return HalfMember
	case host.Joining:
		return HalfJoined
	case host.Restricted:
		return Restricted
	case host.Fault != "":
		return OfFault(host.FaultKind)
	case host.HalfBootstrapped && host.Entering:
		return Bootstrapping
	case host.HalfBootstrapped:
		return HalfBootstrapped
	case host.Entering:
		return Entering
	case !host.Clustered && host.Blank:
		return Blank
	case !host.Clustered:
		return Alone
	case different(host.Certificate, f.Certificate), row.Address == "" && !same(host.Certificate, f.Certificate):
		return Foreign
	case host.Name == "" || host.Name == name:
	case !known && host.Config["cluster.https_address"] == row.Address && same(host.Certificate, f.Certificate):
		return Renamed
	case known || row.Address != "":
		return AnotherMember
	}
	return Ours
}

// Bootstraps are the servers whose bootstrap goes on, or broke off.
func Bootstraps(f schema.Facts) (out []Seen) {
	for _, name := range slices.Sorted(maps.Keys(f.Hosts)) {
		if s := LookAt(f, name, "", ToUse); s.Facts.Has(Bootstrapping | HalfBootstrapped) {
			out = append(out, s)
		}
	}
	return out
}

// different reports that two certificates in PEM are both known and not the same. Members keep the cluster's
// certificate with different line ends, so the bytes inside are compared.
func different(a, b string) bool {
	x, y := schema.Fingerprint(a), schema.Fingerprint(b)
	return x != "" && y != "" && x != y
}

// same reports that two certificates are known and are one.
func same(a, b string) bool {
	return schema.Fingerprint(a) != "" && schema.Fingerprint(a) == schema.Fingerprint(b)
}

// guardCertificates refuses a join whose document pins another certificate than the cluster's. Before there is a
// cluster the only one to be had is the bootstrap member's own, which LXD's documentation says to take; LXD 5.0.2
// makes a new one at the bootstrap, so the cluster is then asked for it.
func guardCertificates(p Proposal) schema.Diagnostics {
	real, whose, file := p.Live.Facts.Certificate, "the cluster's", "cluster.crt"
	if p.Bootstrap != "" {
		real, whose, file = p.Live.Facts.Hosts[p.Bootstrap].Certificate, p.Bootstrap+"'s", "server.crt"
	}
	var out schema.Diagnostics
	for _, m := range p.Joiners {
		if !different(m.Certificate, real) {
			continue
		}
		diag := plan.Refusal(plan.CodePinned, p.Want.Source.At(plan.MemberRef(m.Name), "certificate"),
			plan.MemberRef(m.Name), "cannot join %s: the cluster_certificate of its document is not %s", m.Name, whose)
		diag.Member = m.Name
		diag.Detail = "Its fingerprint is " + schema.Fingerprint(m.Certificate) + ", the server shows " +
			schema.Fingerprint(real) + "."
		diag.Hint = "leave cluster_certificate out and the cluster is asked, or copy " + file + " from a member"
		out = append(out, diag)
	}
	return out
}
