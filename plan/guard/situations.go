package guard

import (
	"strings"
	"time"

	"clusterctl/plan"
	"clusterctl/schema"
)

// Action is what clusterctl does in a situation.
type Action int

// The actions. Whatever waits is looked at again for a while, and then refused.
const (
	GoOn Action = iota + 1
	Warn
	Wait
	Refuse
	// Mend is to plan what mends it: doctor's steps.
	Mend
)

// Situation is one row of the table: what is seen, what that can be and which further look decides, what clusterctl
// does, and what it says.
type Situation struct {
	Name string
	// When are the facts: of each group that it names one has to hold.
	When Facts
	// Be is what it can be, and what follows; Look is what decides it.
	Be, Look string
	Do       Action
	Code     schema.Code
	// Say and Hint have words in braces for what was seen. No hint tells to destroy what was not seen to be dead.
	Say, Hint string
}

// Situations is the table from which plan, apply, doctor, status, recover and remove take what they refuse and what
// they say of members and joins. The first row that fits counts.
var Situations = []Situation{
	// Steps have to go through its connection.
	{"its bootstrap goes on", ToUse | Bootstrapping, "", "its operations, read again", Wait, plan.CodeStuckJoin,
		"an earlier bootstrap of {member} has begun, as its daemon says, and has not ended",
		"apply again in a minute; if it stays, restart the daemon of {member}"},
	{"its bootstrap broke off", ToUse | HalfBootstrapped, "It has a place in a Raft configuration of its own, and is in " +
		"no cluster: it can neither be bootstrapped nor join like that.",
		"its Raft configuration", Refuse, plan.CodeStuckJoin, "an earlier bootstrap of {member} broke off",
		"clusterctl apply takes it back, and loses nothing: over ssh:// or unix://, and with commands that start and " +
			"stop the daemon where no package of it is known (clusterctl: service:)"},
	{"its join failed at its end", ToUse | Listed | HalfMember, "Its own database has the cluster's members, and it says " +
		"that it is in no cluster.",
		"its operations, of which none joins", Refuse, plan.CodeStuckJoin,
		"cannot go on while {member} takes itself for no member: its join failed at its end",
		"clusterctl apply starts its daemon again, which is a member then: over ssh:// or unix://, and with commands " +
			"that start and stop the daemon where no package of it is known (clusterctl: service:); or restart it by hand"},
	{"a join goes on", ToUse | Listed | HalfJoined, "", "its own database, read again", Wait, plan.CodeStuckJoin,
		"cannot go on while the join of {member} has not ended: its own database has the cluster's members, and it is " +
			"in no cluster yet",
		"apply again in a minute; if it stays, restart the daemon of {member}, which goes on or says in its log why not"},
	{"installed anew", ToUse | Listed | Blank, "", "its own database, which has no cluster", Refuse, plan.CodeIdentity,
		"cannot use the connection of {member}: the server there is in no cluster and has no database of one, though " +
			"the cluster lists the member",
		"if it was installed anew, give the old member up with state: lost, and join it under another name with " +
			"replaces: {member}"},
	{"in no cluster, by its word", ToUse | Listed | Alone, "", "its own database, through SSH or the socket",
		Refuse, plan.CodeIdentity,
		"cannot use the connection of {member}: the server there says that it is in no cluster, though the cluster " +
			"lists the member",
		"apply again in a minute, or look through SSH or the socket, which tells a join that goes on from a server " +
			"that was installed anew"},
	{"renamed", ToUse | Listed | Renamed, "", "its address and the cluster's certificate", GoOn, "", "", ""},
	{"another member", ToUse | Listed | AnotherMember, "", "", Refuse, plan.CodeIdentity,
		"cannot use the connection of {member}: it leads to member {other}", "correct the connection"},
	{"a member of another cluster", ToUse | Listed | Foreign, "", "the certificates", Refuse, plan.CodeIdentity,
		"cannot use the connection of {member}: it leads to a member of another cluster",
		"correct the connection, or plan the two clusters from two preseeds"},
	{"host key", ToUse | HostKey, "", "", Refuse, plan.CodeHostKey, "cannot reach {member}: {why}",
		"if the key is the right one, which the server tells, add the line that is shown to known_hosts"},
	{"certificate", ToUse | WrongCertificate, "", "", Refuse, plan.CodeCertificate, "cannot reach {member}: {why}",
		"compare the fingerprint with the one that `{client} info` shows on the server, then write it into " +
			"connection.https.fingerprint"},
	{"rights for projects", ToUse | Restricted, "", "", Refuse, plan.CodeDenied, "cannot reach {member}: {why}",
		"lift the restriction there (`{client} config trust edit FINGERPRINT`, restricted: false), or name another " +
			"certificate, or ssh://, under members: {member}: connection"},
	{"no rights", ToUse | Denied, "", "", Refuse, plan.CodeDenied, "cannot reach {member}: {why}",
		"give the user access to the daemon's socket, or add the client certificate to the trust store " +
			"(connection.https.password or token)"},
	{"it starts, a member", ToUse | Listed | Starting, "", "its answer, a little later",
		Refuse, plan.CodeUnreachable, "cannot reach {member}: {why}",
		"wait until the daemon is ready: `{admin} waitready` on the server; a member that is blocked waits for the " +
			"others to be upgraded"},
	{"it starts", ToUse | Starting, "", "its answer, and its own database, a little later",
		Wait, plan.CodeUnreachable, "cannot reach {member}: {why}",
		"apply again in a minute; if it never gets ready, its log says why, and docs/joins.md what to do (A join that " +
			"did not end)"},
	{"no answer", ToUse | Silent | Broken, "", "", Refuse, plan.CodeUnreachable, "cannot reach {member}: {why}",
		"start the server, or correct members: {member}: connection (now {other}); one that is merely slow gets a longer " +
			"--timeout"},

	// It is to join, or began to.
	{"in another cluster", ToJoin | Foreign, "", "the certificates", Refuse, plan.CodeElsewhere,
		"cannot join {member}: the server is a member of another cluster already",
		"correct its name or connection; to take it along, let it leave that cluster first (state: absent in the " +
			"preseed of that one)"},
	{"a member under its name", ToJoin | AnotherMember, "", "", Refuse, plan.CodeElsewhere,
		"cannot join {member}: its connection leads to {other}, a member of this very cluster", "correct its name or " +
			"connection"},
	{"its join has begun", ToJoin | Entering, "", "its operations, its own database and the row, read again",
		Wait, plan.CodeStuckJoin, "an earlier join of {member} has begun, as its daemon says, and has not ended",
		"apply again in a minute; if it stays, restart the daemon of {member}, which is alone again then, or goes on, " +
			"or says in its log why not"},
	{"its join goes on", ToJoin | Pending | HalfJoined | Ours, "It goes on, or was broken off: the row and the " +
		"server's own database do not tell.",
		"both, read again", Wait, plan.CodeStuckJoin,
		"an earlier join of {member} did not end: the database has a pending row, and the server a database of the cluster",
		"apply again in a minute; if it stays, restart the daemon of {member}, which goes on or says in its log why " +
			"not, and see docs/joins.md (A join that did not end)"},
	{"its join was broken off",
		ToJoin | Pending | Silent | Starting | Broken | HostKey | WrongCertificate | Denied | Restricted,
		"It goes on, or was broken off: the server itself was not seen.", "the server's own database",
		Refuse, plan.CodeStuckJoin,
		"an earlier join of {member} did not end: the database has a pending row",
		"start its daemon, or mend the connection, then apply again; if the daemon does not come up, see " +
			"docs/joins.md (A join that did not end)"},
	{"only the row is left", ToJoin | Pending, "A new join under the same name and address takes the row over, " +
		"provided that the server is standalone again.",
		"", Warn, plan.CodeStuckJoin, "an earlier join of {member} did not end: the database has a pending row", ""},
	{"removed, and not wiped", ToJoin | NoRow | Ours | HalfJoined, "A join that goes on has a row, which was " +
		"looked for after the server was asked.",
		"the rows of the cluster's database", Refuse, plan.CodeElsewhere,
		"cannot join {member}: the server still has the database of this very cluster, which does not list it: it was " +
			"removed, and not wiped",
		"its daemon can neither start nor join like that: the server has to be brand new first, see docs/joins.md (A " +
			"server that was removed)"},
	{"removed, or joining", ToJoin | NotListed | Ours | HalfJoined, "It joins just now, or was removed and not " +
		"wiped: rows of joins are not seen over REST.",
		"the rows of the cluster's database, through SSH or a socket", Refuse, plan.CodeElsewhere,
		"cannot join {member}: the server has the certificate of this very cluster, which lists no member of that name",
		"apply again in a minute; if it stays, look through a member that is reached over SSH or its socket"},

	// What all members have is to change.
	{"running, no heartbeat", ToChangeAll | Listed | Late | Ours | Renamed, "", "its next heartbeat",
		Wait, plan.CodeOffline,
		"{member} answers and has no heartbeat{age}", "apply again in a minute; if it stays, the leader does not " +
			"reach {address}: clusterctl doctor tries it from every member"},
	{"offline", ToChangeAll | Listed | Late, "", "", Refuse, plan.CodeOffline, "{member} is offline",
		"start its daemon, then apply again; one that never comes back is given up with state: lost in the preseed, " +
			"which first shows what is lost with it"},
	{"not reached from here", ToChangeAll | Listed | Young | Silent, "", "its next heartbeat", Refuse,
		plan.CodeOffline, "{member} does not answer", "mend its connection, or start its daemon, then apply again"},
	{"not reached by the others", ToChangeAll | Listed | Young | Unreached, "", "its next heartbeat", Refuse,
		plan.CodeOffline, "{member} does not answer the others ({why})",
		"start its daemon, then apply again; one that never comes back is given up with state: lost in the preseed, " +
			"which first shows what is lost with it"},

	// It is to leave, or is given up.
	{"to leave, and running", ToLeave | Listed | Late | Ours | Renamed, "", "its next heartbeat", Wait, plan.CodeOffline,
		"cannot remove {member} cleanly: it answers and has no heartbeat{age}",
		"apply again in a minute; if it stays, the leader does not reach {address}: clusterctl doctor tries it from " +
			"every member"},
	{"to leave, and joining", ToLeave | Pending, "It goes on, or is dead and has left its row in the table of members.",
		"whether its daemon runs", Refuse, plan.CodeStuckJoin, "cannot remove {member}: its join has not ended",
		"wait a minute and look again; if the server is not joining, stop its daemon, and clusterctl doctor --fix cleans up"},
	{"to leave, and off", ToLeave | Listed | Late, "", "", Refuse, plan.CodeOffline, "cannot remove {member} " +
		"cleanly: it is offline",
		"bring it back; one that never comes back is given up, not removed: with state: lost in the preseed, or from " +
			"the command line as docs/remove.md says, which first show what is lost with it"},
	{"to leave, and silent", ToLeave | Listed | Silent, "", "its next heartbeat", Refuse, plan.CodeOffline,
		"cannot remove {member} cleanly: it does not answer", "bring it back; if it never will, its heartbeat says so " +
			"in half a minute: plan again"},
	{"given up, installed anew", ToGiveUp | Listed | Young | Blank, "The server there was installed anew, and the " +
		"database takes the member for online. {last}.",
		"its heartbeat, a little later", Wait, plan.CodeNotLost, "cannot give up {member} as lost yet: its heartbeat " +
			"is too young", "plan again in half a minute"},
	{"given up, silent", ToGiveUp | Listed | Young | Silent, "It went down just now, or is cut off from here. " +
		"{last}.", "its heartbeat, a little later", Wait, plan.CodeNotLost,
		"cannot give up {member} as lost yet: its heartbeat is too young", "plan again in half a minute"},
	{"given up, online", ToGiveUp | Listed | Young, "{last}.", "", Refuse, plan.CodeNotLost, "cannot give up " +
		"{member} as lost: the database has it as online",
		"let it leave cleanly: state: absent in the preseed, or clusterctl remove alone; if it just went down, " +
			"plan again a little later"},
	{"given up, answering", ToGiveUp | Listed | Ours, "It has no heartbeat{age}, and its daemon answers as this " +
		"member.", "its next heartbeat", Wait, plan.CodeNotLost,
		"cannot give up {member} as lost: its daemon answers", "let it leave cleanly once it has a heartbeat: " +
			"state: absent in the preseed, or clusterctl remove alone; to give it up all the same, stop its daemon " +
			"first"},

	// doctor and status judge its health.
	{"half a member", ToKnow | Listed | HalfMember, "Its own database has the cluster's members, and it says that it is " +
		"in no cluster: nothing is placed or changed there.",
		"its operations, of which none joins", Refuse, plan.CodeStuckJoin,
		"{member} ({address}) takes itself for no member: its join failed at its end",
		"apply again: that starts its daemon again, which is a member then; or restart it by hand"},
	{"healthy but late", ToKnow | Listed | Late | Ours | Renamed, "Pools, networks and members can only be changed " +
		"while every member is online.",
		"its next heartbeat", Warn, plan.CodeOffline, "{member} ({address}) answers and has no heartbeat{age}",
		"look again in half a minute; if it stays, the leader does not reach that address"},
	{"late, address answers", ToKnow | Listed | Late | Reached, "Pools, networks and members can only be changed " +
		"while every member is online.",
		"its own daemon", Refuse, plan.CodeOffline, "{member} ({address}) has no heartbeat{age}, though somebody " +
			"answers at that address",
		"look at the log of its daemon: it starts, waits for others to be upgraded, or cannot reach the leader"},
	{"dead, or cut off", ToKnow | Listed | Late, "Pools, networks and members can only be changed while every " +
		"member is online.",
		"", Refuse, plan.CodeOffline, "{member} ({address}) is offline",
		"start its daemon; one that never comes back is given up with state: lost in the preseed, which first shows " +
			"what is lost with it"},
	{"cut off from here", ToKnow | Listed | Young | Unreached | Ours | Renamed, "", "", GoOn, "", "", ""},
	{"silent, heartbeat young", ToKnow | Listed | Young | Unreached, "Pools, networks and members can only be " +
		"changed while every member is online.",
		"its next heartbeat", Refuse, plan.CodeOffline, "{member} ({address}) does not answer", "start its daemon, or " +
			"look at the network"},
	{"a dead join", ToKnow | Pending | Unreached, "Its row in the table of members stays, and its entry in the " +
		"Raft configuration makes the next try hang.",
		"", Mend, plan.CodeStuckJoin, "the join of {member} is dead: nobody answers at {address}",
		"start its daemon: it goes on, or says in its log why not; if it is not to join any more, docs/joins.md tells " +
			"what to clean up"},
	{"a join that has not ended", ToKnow | Pending, "If it is dead, its row in the table of members stays, and its " +
		"entry in the Raft configuration makes the next try hang.",
		"the same, a minute later", Warn, plan.CodeStuckJoin, "the join of {member} ({address}) has not ended",
		"wait a minute and look again; if the server is not joining, stop its daemon, and clusterctl doctor --fix " +
			"cleans up"},
	{"somebody at a ghost's address", ToKnow | NoRow | InRaft | Reached, "A voter that is gone counts for the " +
		"quorum all the same, and a server that joins with this address hangs for ever.",
		"what answers there", Refuse, plan.CodeGhost, "the Raft configuration has {address} ({other}), which is no " +
			"member of the cluster",
		"something answers at that address: find out what it is and stop it; then clusterctl doctor --fix takes the " +
			"entry out"},
	{"a ghost", ToKnow | NoRow | InRaft, "A voter that is gone counts for the quorum all the same, and a server " +
		"that joins with this address hangs for ever.",
		"", Mend, plan.CodeGhost, "the Raft configuration has {address} ({other}), which is no member of the cluster",
		"look through a member that is reached over SSH or its socket: clusterctl doctor --fix takes the entry out there"},
	{"given up by a recovery", ToKnow | Listed | GivenUp, "A recovery does that to a lost member, so that its old " +
		"database cannot vote.",
		"", Refuse, plan.CodeNoTrust, "the server certificate that the trust store has of {member} is one that a recovery " +
			"made, and nobody has its key",
		"let the member go with state: lost in the preseed, which first shows what is lost with it; its server can join " +
			"again once it is brand new"},
	{"fenced", ToKnow | Listed | Distrusted | Idle | NotInRaft, "A recovery takes a lost member's certificate out, so that its " +
		"old database cannot vote; a removal that was broken off leaves the same.",
		"", Refuse, plan.CodeNoTrust, "the trust store does not have the server certificate of {member} ({other}), " +
			"which is down or out of the database",
		"one that a recovery gave up goes with state: lost in the preseed, which first shows what is lost with it; its " +
			"server can join again once it is brand new; if it was to leave: apply once more what removes it; if neither: put " +
			"{other} back as a certificate of type server: it is server.crt of {member}"},
	{"fenced, by its name", ToKnow | Listed | MaybeMember | Idle | NotInRaft, "A recovery takes a lost member's " +
		"certificate out, so that its old database cannot vote; a removal that was broken off leaves the same. A renamed " +
		"member keeps its old name there.",
		"its server.crt", Refuse, plan.CodeNoTrust, "the trust store has no server certificate under the name {member}, " +
			"which is down or out of the database",
		"one that a recovery gave up goes with state: lost in the preseed, which first shows what is lost with it; its " +
			"server can join again once it is brand new; if it was to leave: apply once more what removes it; if it was " +
			"renamed, start it"},
	{"out of the database", ToKnow | Listed | NotInRaft, "A removal that was broken off leaves this. The member " +
		"keeps no copy of the database and gives no role.",
		"the Raft configuration, once its daemon was restarted", Refuse, plan.CodeNotInRaft, "member {member} " +
			"({address}) is not in the Raft configuration",
		"restart its daemon, which then registers again; if it was to leave: apply once more what removes it"},
	{"own certificate missing", ToKnow | Listed | Distrusted, "The others refuse a member whose certificate they " +
		"do not know: it cannot work once its daemon restarts.",
		"its server.crt", Mend, plan.CodeNoTrust, "the trust store does not have the server certificate of {member} " +
			"({other})",
		"put {other} back as a certificate of type server: it is server.crt of {member}"},
	{"no certificate under its name", ToKnow | Listed | MaybeMember, "A renamed member keeps its old name there, " +
		"and its removal will then not take the certificate away.",
		"its server.crt", Warn, plan.CodeNoTrust, "the trust store has no server certificate under the name {member}",
		"compare with `{client} config trust list`; over SSH or the socket clusterctl doctor reads its server.crt"},
	{"a certificate of a member", ToKnow | MaybeMember, "It may be that of one of these, which cannot go on " +
		"without it: {why}.",
		"server.crt of these", Warn, plan.CodeStaleTrust, "the trust store has the server certificate {other} under " +
			"the name {member}, and it is not known to be that of a member",
		"leave it there unless the server.crt of each of these has another fingerprint"},
	{"a certificate of a joiner", ToKnow | MaybeJoiner, "Whoever has its key may do everything that a member may. " +
		"Joins that have not ended are not seen over REST: it may be that of a server which is joining.",
		"the rows of joins, through SSH or a socket", Warn, plan.CodeStaleTrust, "the trust store has the server " +
			"certificate {other} of {member}, which is no member",
		"look again through a member that is reached over SSH or its socket"},
	{"a stale certificate", ToKnow | StaleTrust, "Whoever has its key may do everything that a member may, and " +
		"read the database with all secrets in it.",
		"", Mend, plan.CodeStaleTrust, "the trust store has the server certificate {other} of {member}, which is no " +
			"member", ""},

	// Its join has failed.
	{"hung", JoinFailed | Hangs, "", "the row and the server's own database, when apply runs again", Refuse, "", "",
		"kill the daemon of {member} and start it (it ignores a gentle stop while it hangs), then apply again: the " +
			"plan says what is left and how to go on"},
	{"stopped", JoinFailed | Stopped, "", "", Wait, "", "", "the daemons go on by themselves: apply again in a moment"},
	{"joined all the same", JoinFailed | Listed, "", "", Wait, "", "", "apply again once it is Online; it " +
		"continues from what the database says"},
	{"the cluster is silent", JoinFailed | ClusterGone, "", "who leads, and the row", Wait, "", "",
		"look at the other members first (clusterctl status): start what is dead and apply again; the join goes on by " +
			"itself or is taken up"},
	{"half a database", JoinFailed | HalfJoined, "", "the row, and the daemon's log", Refuse, "", "",
		"start the daemon of {member} if it is dead, and apply again: it goes on by itself, or the plan says what " +
			"stands in the way (docs/joins.md, A join that did not end)"},
	{"refused with a password", JoinFailed | OverPassword, "", "", Refuse, "", "",
		"give the cluster's core.trust_password as the password, or none at all to have a join token minted; then " +
			"apply again"},
	{"refused with a token", JoinFailed | OverToken, "", "", Refuse, "", "",
		"mend the cause. A token is good for one join, of one name, and not for long: leave cluster_token out to " +
			"have one minted, or give a new one; then apply again"},
	{"refused", JoinFailed | Over, "", "", Refuse, "", "", "mend the cause and apply again"},
	{"not known", JoinFailed | Unended, "", "the server's own database", Refuse, "", "",
		"start the daemon of {member} if it is dead, and apply again: it goes on by itself, or the plan says what " +
			"stands in the way (docs/joins.md, A join that did not end)"},

	// The database gives no answer. Whatever the cause, nothing is said of removing members.
	{"ended certificate", NoDatabase | Ended, "Members refuse each other with it, so that nobody leads the " +
		"database, whoever is online.", "cluster.crt of each member",
		Refuse, plan.CodeExpiry, "the cluster's certificate has ended: {other}",
		"put a new pair cluster.crt and cluster.key into the daemon's folder on every member, the same everywhere, " +
			"and restart the daemons; then say the new fingerprint where https: connections pin it"},
	{"no quorum", NoDatabase | FewVoters, "Nothing can be changed, and nothing else can be looked at, until most " +
		"voters are back.", "the machines of the voters",
		Refuse, plan.CodeQuorum, "{why}", "start the voters that are offline; docs/recover.md is for the case that " +
			"most are gone for good"},
	{"no leader among enough", NoDatabase | EnoughVoters, "They elect a leader, which takes some seconds; or the " +
		"connections between them fail.", "who leads, a minute later",
		Refuse, plan.CodeQuorum, "the database gives no answer, though enough of its voters take connections", "look " +
			"again in a minute; if it stays, look at the connections between the voters, at their clocks, and at the " +
			"logs of their daemons"},
	{"not let in", NoDatabase | Denied, "Nothing else was seen: whether the database works is not known.",
		"the rights of this client", Refuse, plan.CodeDenied, "no member that answers lets this client in: {why}",
		"give the user access to the daemon's socket, or have the client certificate trusted without a restriction " +
			"(connection.https.password or token)"},
	{"not known for who they are", NoDatabase | WrongCertificate | HostKey, "Nothing else was seen: whether the " +
		"database works is not known.", "the certificates or keys on the servers", Refuse, plan.CodeCertificate,
		"no member that answers is known for who it is: {why}", "compare what they show with what the servers have, " +
			"then write it into connection.https.fingerprint, or into known_hosts"},
	{"no way to them", NoDatabase | Silent | Broken, "Nothing was seen: the members may be down, or cut off from here " +
		"and at work.", "the same from another machine", Refuse, plan.CodeUnreachable, "no member could be reached: {why}",
		"look at the names and at the way from here to the members; start those that are down"},
	{"roles not known", NoDatabase, "", "the members' own databases, through SSH or their sockets",
		Refuse, plan.CodeQuorum,
		"the database gives no answer, and no member said who votes in it", "start the members that are down; give " +
			"the file connections over ssh:// or unix://, which tell more"},
}

// Judge returns the situation that the facts make; false when there is nothing to say.
func Judge(s Seen) (Situation, bool) {
	for _, row := range Situations {
		if s.Facts.Has(row.When) {
			return row, true
		}
	}
	return Situation{}, false
}

// Diagnostic says what the table says of what was seen. What is not a warning is of that severity.
func (row Situation) Diagnostic(s Seen, at schema.Severity) schema.Diagnostic {
	if row.Do == Warn {
		at = schema.SeverityWarning
	}
	return schema.Diagnostic{Severity: at, Code: row.Code, Member: s.Member, Summary: s.words(row.Say),
		Detail: s.words(row.Be), Hint: s.words(row.Hint)}
}

// words puts what was seen into a text.
func (s Seen) words(text string) string {
	age, last := "", "Its last heartbeat was not read"
	if s.Age > 0 {
		age = " for " + s.Age.Round(time.Second).String()
		last = "Its last heartbeat is " + s.Age.Round(time.Second).String() + " old; it counts as offline after " +
			"cluster.offline_threshold"
	}
	return strings.NewReplacer("{member}", s.Member, "{address}", s.Address, "{other}", s.Other, "{why}", s.Why, "{age}",
		age, "{last}", last, "{client}", s.Product.Client(), "{admin}", s.Product.Admin()).Replace(text)
}
