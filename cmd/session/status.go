package session

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"clusterctl/plan"
	"clusterctl/plan/guard"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// statusOf makes a status of what was read; seen is who takes connections.
func statusOf(live schema.Cluster, seen probes) Status {
	out := Status{Format: StatusFormat, Members: []MemberStatus{}, Pools: objectsOf(live, schema.KindStoragePool),
		Networks: objectsOf(live, schema.KindNetwork), Images: fewCopies(live), Diagnostics: schema.Diagnostics{}}
	f := live.Facts
	fingerprint := schema.Fingerprint(f.Certificate)
	out.Cluster = ClusterStatus{Name: fingerprint[:min(12, len(fingerprint))], Leader: f.Leader, Source: f.Source,
		AsOf: f.AsOf, Product: string(f.Flavour.Product), Version: f.Flavour.Version}
	for _, name := range f.MemberOrder() {
		out.Members = append(out.Members, memberOf(live, name, seen))
	}
	out.Cluster.Quorum = lateHeartbeats(quorumOf(out.Members), out.Members)
	out.Diagnostics = append(out.Diagnostics, concerns(live, out)...)
	return out
}

func memberOf(live schema.Cluster, name string, seen probes) MemberStatus {
	m := live.Facts.Members[name]
	o, _ := live.Get(schema.Ref{Kind: schema.KindMember, Name: name})
	out := MemberStatus{Name: name, Address: m.Address, RaftRole: m.Role, FailureDomain: view.FailureDomain(live, name),
		Groups: append([]string{}, o.Lists["groups"]...), Architecture: m.Architecture, Schema: m.Schema,
		Extensions:  m.Extensions,
		HeartbeatMS: -1, Instances: &m.Instances, Roles: append(rolesOf(m.Role, name == live.Facts.Leader),
			o.Lists["roles"]...)}
	if live.Facts.Source != "rest" { // which tells no times
		out.HeartbeatMS = m.HeartbeatAge.Milliseconds()
	}
	if answered, tried := seen.answered(name); tried {
		out.Answers = &answered
	}
	out.State, out.Message = stateOf(live.Facts, name, seen)
	return out
}

// rolesOf names a role in the database as LXD's own client does.
func rolesOf(role schema.RaftRole, leads bool) []string {
	out := []string{}
	if leads {
		out = append(out, "database-leader")
	}
	switch role {
	case schema.Voter:
		out = append(out, "database")
	case schema.StandBy:
		out = append(out, "database-standby")
	}
	return out
}

// stateOf is the state of a member and why, from its heartbeats, from who could connect to it, and from its own
// daemon's answer where that is reached. A young heartbeat outweighs connections that failed in one way and from one
// place alone. LXD 5.0.x never says Blocked over REST, and the database does not, so it is found from the numbers of
// schema and API extensions: a member that is behind the newest one keeps the newer ones from working.
func stateOf(f schema.Facts, name string, seen probes) (state, why string) {
	m := f.Members[name]
	answered, tried := seen.answered(name)
	silent := tried && !answered
	switch {
	case m.State == schema.StatePending:
		return "Pending", "its join has not ended"
	case !m.Online && silent && runs(f, name):
		return "Offline", fmt.Sprintf("no heartbeat%s, though its daemon answers: %s", since(m.HeartbeatAge),
			cutOff(name, m.Address, seen))
	case !m.Online && silent:
		return "Offline", fmt.Sprintf("no heartbeat%s, and %s does not answer", since(m.HeartbeatAge), m.Address)
	case !m.Online && tried:
		return "Offline", fmt.Sprintf("no heartbeat%s, though %s answers", since(m.HeartbeatAge), m.Address)
	case !m.Online:
		return "Offline", "no heartbeat" + since(m.HeartbeatAge)
	case silent && !runs(f, name) && (len(seen.silentFrom(name)) > 0 || f.Hosts[name].Socket):
		return "Offline", fmt.Sprintf("%s does not answer%s", m.Address, last(m.HeartbeatAge))
	}
	if m.Blocked != "" {
		return "Blocked", m.Blocked
	}
	for _, other := range f.MemberOrder() {
		if o := f.Members[other]; o.State != schema.StatePending && (o.Schema > m.Schema || o.Extensions > m.Extensions) {
			return "Blocked", "needs updating to the version of " + other
		}
	}
	if silent {
		why = cutOff(name, m.Address, seen) + last(m.HeartbeatAge)
	}
	if m.State == schema.StateEvacuated {
		return "Evacuated", cmp.Or(why, "unavailable due to maintenance")
	}
	return "Online", why
}

// runs reports that the member's daemon answered on its own connection.
func runs(f schema.Facts, name string) bool {
	host, connected := f.Hosts[name]
	return connected && host.Fault == "" && host.Clustered
}

// cutOff says who could not connect to a member that is not simply off.
func cutOff(name, address string, seen probes) string {
	if from := seen.silentFrom(name); len(from) > 0 {
		return fmt.Sprintf("%s is cut off from %s", name, strings.Join(from, " and "))
	}
	return address + " was not reached from here"
}

// last says when the last heartbeat was; nothing when that is not known.
func last(age time.Duration) string {
	if age == 0 {
		return ""
	}
	return fmt.Sprintf("; the last heartbeat was %s ago", Took(age))
}

// since says for how long there was no heartbeat; nothing when that is not known.
func since(age time.Duration) string {
	if age == 0 {
		return ""
	}
	return " for " + Took(age)
}

// quorumOf counts the voters. A member that does not answer is not online, whatever its heartbeats say.
func quorumOf(members []MemberStatus) QuorumStatus {
	voters := schema.Filter(members, func(m MemberStatus) bool { return m.RaftRole == schema.Voter })
	online := schema.Filter(voters, func(m MemberStatus) bool { return m.State != "Offline" })
	q := QuorumStatus{Known: len(voters) > 0, Voters: len(voters), Online: len(online), Needed: len(voters)/2 + 1}
	q.CanLose = max(0, q.Online-q.Needed)
	return q
}

// lateHeartbeats corrects the count of voters of a database that was just read: with too few heartbeats for a quorum
// it is the heartbeats that are late, where enough voters take connections. A new leader takes its time for the first
// ones, as do machines that are busy. No margin is claimed then.
func lateHeartbeats(q QuorumStatus, members []MemberStatus) QuorumStatus {
	if q.Online < q.Needed && len(schema.Filter(members, MemberStatus.votesAndAnswers)) >= q.Needed {
		q.Online = q.Needed
	}
	return q
}

func (m MemberStatus) votesAndAnswers() bool {
	return m.RaftRole == schema.Voter && m.Answers != nil && *m.Answers
}

func objectsOf(live schema.Cluster, kind schema.KindName) []ObjectStatus {
	out := []ObjectStatus{}
	for _, o := range live.OfKind(kind) {
		s := ObjectStatus{Name: o.Ref.Name, State: string(o.State), Members: map[string]string{}, Missing: []string{}}
		if o.Ref.Project != schema.DefaultProject {
			s.Project = o.Ref.Project
		}
		for name, part := range o.Members {
			s.Members[name] = string(cmp.Or(part.State, schema.StateUnknown))
		}
		for _, name := range live.Facts.MemberOrder() {
			if _, ok := o.Members[name]; !ok && live.Facts.Members[name].State != schema.StatePending && live.Facts.Clustered {
				s.Missing = append(s.Missing, name)
			}
		}
		out = append(out, s)
	}
	return out
}

// fewCopies lists the images with fewer copies than cluster.images_minimal_replica asks for: 3 if nothing is said, -1
// for all members.
func fewCopies(live schema.Cluster) []ImageStatus {
	server, _ := live.Get(schema.Ref{Kind: schema.KindServer, Name: schema.ServerName})
	wanted, err := strconv.Atoi(server.Config["cluster.images_minimal_replica"])
	if err != nil {
		wanted = 3
	}
	members := 0
	for _, m := range live.Facts.Members {
		if m.State != schema.StatePending {
			members++
		}
	}
	if wanted < 0 || wanted > members {
		wanted = members
	}
	out := []ImageStatus{}
	for fingerprint, on := range live.Facts.Images {
		if len(on) < wanted {
			out = append(out, ImageStatus{Fingerprint: fingerprint, Members: on, Wanted: wanted})
		}
	}
	slices.SortFunc(out, func(a, b ImageStatus) int { return strings.Compare(a.Fingerprint, b.Fingerprint) })
	return out
}

// concerns is what somebody should know besides.
func concerns(live schema.Cluster, s Status) schema.Diagnostics {
	var out schema.Diagnostics
	for _, half := range guard.Bootstraps(live.Facts) {
		row, _ := guard.Judge(half)
		out = append(out, row.Diagnostic(half, schema.SeverityAdvice))
	}
	if !live.Facts.Clustered {
		return append(out, schema.Diagnostic{Severity: schema.SeverityAdvice, Code: plan.CodeUnseen,
			Summary: "the server is not part of a cluster"})
	}
	if roles, known := view.RolesOf(live); known {
		if domain := view.Majority(roles); domain != "" {
			out = append(out, schema.Diagnostic{Severity: schema.SeverityWarning, Code: plan.CodeDomain,
				Summary: fmt.Sprintf("most voters are in the failure domain %s: when it goes down, the database stops", domain),
				Hint:    "spread the members over at least three failure domains"})
		}
	}
	for _, m := range s.Members {
		if m.State == "Pending" {
			out = append(out, schema.Diagnostic{Severity: schema.SeverityWarning, Code: plan.CodeStuckJoin, Member: m.Name,
				Summary: "the join of " + m.Name + " has not ended", Hint: "wait a minute, then see clusterctl doctor"})
		}
	}
	if live.Facts.Source == schema.SourceDump {
		for _, s := range live.Facts.Unseen {
			out = append(out, schema.Diagnostic{Severity: schema.SeverityAdvice, Code: plan.CodeUnseen, Summary: s.Text})
		}
	}
	if live.Facts.Source == "rest" && len(live.Facts.Unseen) > 0 {
		out = append(out, schema.Diagnostic{Severity: schema.SeverityAdvice, Code: plan.CodeUnseen,
			Summary: live.Facts.Unseen[0].Text,
			Hint:    "look through a member that is reached over SSH or its socket, which shows more"})
	}
	return out
}
