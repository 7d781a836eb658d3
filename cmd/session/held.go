package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"clusterctl/drivers"
	"clusterctl/drivers/offline"
	"clusterctl/plan/care"
	"clusterctl/plan/guard"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// copyLimit is how long one member's copy is read: it may have some hundred megabytes.
const copyLimit = 3 * time.Minute

// held are the copies of the database that members have on their disks.
type held []heldCopy

type heldCopy struct {
	care.Copy
	disk offline.Copy
}

// Checked is what was held against the survivor's copy after a recovery.
type Checked struct {
	Survivor         string
	Objects, Members int
	// Voters vote now.
	Voters []string
}

// readCopies reads what each member's own copy of the database knows, at the members' machines.
func (r *Run) readCopies(ctx context.Context, shell drivers.Shell, members []schema.Member, given schema.Service) held {
	return each(r.Limits.Parallelism, members, func(m schema.Member) heldCopy {
		ctx, cancel := context.WithTimeout(ctx, copyLimit)
		defer cancel()
		c, err := r.readCopy(ctx, shell, m, given)
		if err != nil {
			c.Fault = strings.TrimPrefix(err.Error(), m.Name+": ")
		}
		return c
	})
}

func (r *Run) readCopy(ctx context.Context, shell drivers.Shell, m schema.Member,
	given schema.Service) (heldCopy, error) {
	c := heldCopy{Copy: care.Copy{Member: m.Name, Address: m.Address}}
	err := rooted(ctx, shell, m.Name)
	if err != nil {
		return c, err
	}
	if c.Daemon, err = findDaemon(ctx, shell, m, given); err != nil {
		return c, err
	}
	text, err := runOn(ctx, shell, m, c.Daemon, drivers.TaskShow)
	if err != nil {
		return c, err
	}
	if c.Members, err = drivers.ParseShow(text); err != nil || c.Role() == schema.Spare {
		return c, err
	}
	c.readDisk(ctx, shell, r.Registry)
	return c, nil
}

func (c *heldCopy) readDisk(ctx context.Context, shell drivers.Shell, reg schema.Registry) {
	var err error
	c.disk, err = offline.Read(ctx, shell, drivers.Command{Binary: c.Daemon.Binary, Folder: c.Daemon.Folder,
		Member: c.Member}, reg)
	if err != nil {
		c.Unread = err.Error()
	}
	c.Last, c.Newest, c.Round = care.Entry{Term: c.disk.Term, Index: c.disk.Index}, c.disk.Newest, c.disk.Round
}

// known is what plans know of them.
func (h held) known() Copies {
	out := make(Copies, len(h))
	for i, c := range h {
		out[i] = c.Copy
	}
	return out
}

// of returns that member's copy, an empty one when there is none.
func (h held) of(member string) heldCopy {
	if i := slices.IndexFunc(h, func(c heldCopy) bool { return c.Member == member }); i >= 0 {
		return h[i]
	}
	return heldCopy{}
}

// gaps are what the other copies have and the survivor's has not.
func (h held) gaps(survivor string) (gaps []care.Gap) {
	mine := h.of(survivor)
	for _, c := range h {
		if c.Member == survivor || c.Fault != "" || c.Unread != "" || mine.Unread != "" {
			continue
		}
		d := c.disk.Beyond(mine.disk)
		gaps = append(gaps, care.Gap{Member: c.Member, Entries: d.Entries, Exact: d.Exact, Compared: d.Compared,
			Objects: slices.Concat(d.Only, d.Changed, d.Gone)})
	}
	return gaps
}

// holds fails when the survivor's copy is another one now, or another voter's has become the newest.
func (h held) holds(now held, survivor string) error {
	before, after := h.of(survivor), now.of(survivor)
	if after.Fault != "" || after.Unread != before.Unread || after.Last.Index < before.Last.Index ||
		after.Last.Term < before.Last.Term {
		return fmt.Errorf("the copy of %s has changed: its last entry was %v and is %v %s%s", survivor, before.Last,
			after.Last, after.Fault, after.Unread)
	}
	was, _ := care.Survivor(h.known())
	if is, _ := care.Survivor(now.known()); was.Member == survivor && is.Member != survivor {
		return fmt.Errorf("now that the daemons are stopped, the copy of %s is newer than that of %s", is.Member, survivor)
	}
	return nil
}

// check fails when the database has lost something that the survivor's copy had, or when the survivor does not vote.
func (h held) check(live schema.Cluster, survivor string) (Checked, error) {
	c := Checked{Survivor: survivor, Members: len(live.Facts.Members)}
	for _, name := range live.Facts.MemberOrder() {
		if live.Facts.Members[name].Role == schema.Voter {
			c.Voters = append(c.Voters, name)
		}
	}
	if !slices.Contains(c.Voters, survivor) {
		return c, fmt.Errorf("%s does not vote in its own database", survivor)
	}
	disk := h.of(survivor).disk // without rows when they could not be read
	var missing []error
	for _, ref := range disk.Cluster.Refs() {
		if _, ok := live.Get(ref); !ok {
			missing = append(missing, fmt.Errorf("%s was in the copy of %s and is not in the database", ref, survivor))
		}
		c.Objects++
	}
	return c, errors.Join(missing...)
}

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
	began, told := s.Now(), false
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
		if !told {
			s.Warn(fmt.Errorf("%s: waiting up to %s for it", why, limit))
			told = true
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
		if row.State == schema.StatePending && host.Fault == "" && !host.Clustered || row.Address == "" && host.Joining ||
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
		Err: fmt.Errorf("most voters of the database are offline: %d of %d online, %d needed", q.Online, q.Voters, q.Needed)}
}

// goingOn says what is going on in a cluster, and whether that is a join of which a daemon says so; nothing when it is
// at rest.
func goingOn(f schema.Facts) (why string, joins bool) {
	if f.Source == schema.SourceDump {
		return "", false
	}
	if leader, known := f.Members[f.Leader]; known && !leader.Online {
		return "there was no round of heartbeats since " + f.Leader + " leads", false // so that the others' tell nothing
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
