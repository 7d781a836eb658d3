package guard

import (
	"fmt"
	"strings"
	"sync"
)

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
