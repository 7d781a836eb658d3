package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"clusterctl/drivers"
	"clusterctl/plan/guard"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// restLimit is how long a reading waits for what goes on by itself, at least: heartbeats come every half of
// cluster.offline_threshold, which is 20 seconds. restPause is between two readings.
const (
	restLimit = 15 * time.Second
	restPause = time.Second
)

// readAtRest reads the cluster, and again for a while where a daemon that was just started has no heartbeat yet or a
// join goes on: what is planned from that moment would be refused for no reason that lasts. It fails with kind NoLeader
// when most voters are gone: what their last leader still answers is no ground for a plan.
func (s *Session) readAtRest(ctx context.Context, backend drivers.Backend) (schema.Cluster, error) {
	began, told := s.Now(), time.Duration(0)
	for {
		live, err := s.Read(ctx, backend)
		why, joins := goingOn(live.Facts)
		limit := waitFor(live)
		if joins {
			limit = view.JoinLimit
		}
		if name := beginning(live.Facts); why == "" && name != "" {
			why, limit = "the join of "+name+" may be going on", beginLimit
		}
		if err != nil {
			return live, err
		}
		if why == "" || !s.Now().Before(began.Add(limit)) {
			return live, s.quorum(ctx, backend, live)
		}
		if limit > told {
			s.Warn(fmt.Errorf("%s: waiting up to %s for it", why, limit))
			told = limit
		}
		if !drivers.Pause(ctx, restPause) {
			return live, Fail(ExitInterrupted, "", errors.New("interrupted while reading the cluster"))
		}
	}
}

// beginLimit is how long a join may have a row while the joiner's own database is still empty: a second at most on LXD
// 5.0.2 that has little else to do (measured). Until then a join that goes on looks like one that was broken off.
const beginLimit = 5 * time.Second

// beginning is a server of whose join the cluster and the server itself do not say the same, one having been read
// before the other: the cluster has a row for it, and it answers by itself, or with a certificate of its own; or it
// has the cluster's members, and no row. It is empty when there is none.
func beginning(f schema.Facts) string {
	for _, name := range slices.Sorted(maps.Keys(f.Hosts)) {
		host, row := f.Hosts[name], f.Members[name]
		if row.State == schema.StatePending && host.Fault == "" && !host.Clustered ||
			row.Address == "" && host.Joining ||
			guard.LookAt(f, name, "", guard.ToUse).Facts.Has(guard.Listed|guard.Foreign|guard.Alone) {
			return name
		}
	}
	return ""
}

// waitFor is how long the next round of heartbeats may take.
func waitFor(live schema.Cluster) time.Duration {
	server, _ := live.Get(schema.Ref{Kind: schema.KindServer, Name: schema.ServerName})
	seconds, _ := strconv.Atoi(server.Config["cluster.offline_threshold"]) // absent: the usual one, which is shorter
	return max(restLimit, time.Duration(seconds/2+5)*time.Second)
}

// quorum fails when most voters are gone, as status tells. It looks further only where a member is late or silent.
func (s *Session) quorum(ctx context.Context, backend drivers.Backend, live schema.Cluster) error {
	if !live.Facts.Clustered || live.Facts.Source == schema.SourceDump {
		return nil
	}
	for _, name := range live.Facts.MemberOrder() {
		if m := live.Facts.Members[name]; m.Role == schema.Voter && (!m.Online || live.Facts.Hosts[name].Fault != "") {
			return noQuorum(statusOf(live, s.probe(ctx, backend, addressesOf(live))).Cluster.Quorum)
		}
	}
	return nil
}

// noQuorum is the error of a cluster with too few voters.
func noQuorum(q QuorumStatus) error {
	if !q.Known || q.Online >= q.Needed {
		return nil
	}
	return &drivers.Error{Kind: drivers.NoLeader, Op: "looking at the cluster",
		Err: fmt.Errorf("most voters of the database are offline: %d of %d online, %d needed",
			q.Online, q.Voters, q.Needed)}
}

// joining reports a server that has begun to join, not long ago.
func joining(f schema.Facts) bool {
	for name, row := range f.Members {
		if row.State == schema.StatePending && f.Hosts[name].Joining && row.HeartbeatAge <= view.JoinLimit {
			return true
		}
	}
	return false
}

// goingOn says what is going on in a cluster, and whether that is a join, by a daemon's word or because its leader
// makes no round of heartbeats meanwhile; nothing when it is at rest.
func goingOn(f schema.Facts) (why string, joins bool) {
	if f.Source == schema.SourceDump {
		return "", false
	}
	if leader, known := f.Members[f.Leader]; known && !leader.Online {
		// So that the others' tell nothing. A join that hangs is mended when it is old enough.
		return "there was no round of heartbeats since " + f.Leader + " leads", joining(f)
	}
	names := slices.Sorted(maps.Keys(f.Hosts)) // those that are to join, too
	for _, name := range f.MemberOrder() {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		for _, what := range []guard.Facts{guard.ToUse, guard.ToJoin, guard.ToChangeAll} {
			seen := guard.LookAt(f, name, "", what)
			if row, ok := guard.Judge(seen); ok && row.Do == guard.Wait {
				return row.Diagnostic(seen, schema.SeverityWarning).Summary, seen.Facts.Has(guard.Entering)
			}
		}
	}
	return "", false
}
