package apply

import (
	"context"
	"fmt"
	"time"

	"clusterctl/plan"
	"clusterctl/schema"
)

// rereadEvery is how often the database is read while a restarted member is awaited.
const rereadEvery = 2 * time.Second

// awaitMembers waits until a restarted member is back, or all are. It looks at the database: a member that waits for the
// others to be brought up to date serves no REST call (lxd 5.0.2, lxd/daemon.go createCmd), and LXD before 5.0.3 never
// says over REST that it does.
func (t *task) awaitMembers(ctx context.Context, a plan.Await) error {
	if a.Member == "" {
		t.say("waiting for all members to be Online with the same version")
	} else {
		t.say("waiting for %s to be back", a.Member)
	}
	return t.poll(ctx, rereadEvery, func() (bool, error) {
		short, cancel := context.WithTimeout(ctx, t.limits.Read)
		defer cancel()
		live, err := t.engine.Backend.Read(short)
		if err != nil {
			t.trouble = err // the last voters restart, or all wait for each other
			return false, nil
		}
		if a.Member == "" {
			t.trouble = notEqual(live.Facts)
		} else if t.trouble = notBack(live.Facts, a); t.trouble != nil && behind(live.Facts, a.Member) {
			return false, fmt.Errorf("it runs schema %d with %d extensions, which is older than what another member runs: "+
				"its daemon does not start like that; install the same version everywhere", live.Facts.Members[a.Member].Schema, live.Facts.Members[a.Member].Extensions)
		}
		return t.trouble == nil, nil
	})
}

// notBack says what a member lacks to be back.
func notBack(f schema.Facts, a plan.Await) error {
	m, there := f.Members[a.Member]
	host := f.Hosts[a.Member]
	newer := m.Schema > a.Schema || m.Extensions > a.Extensions
	switch {
	case !there:
		return fmt.Errorf("the database does not list %s", a.Member)
	case newer && Blocked(f, a.Member):
		return nil // it waits for the others
	case host.Fault != "":
		return fmt.Errorf("%s does not answer: %s", a.Member, host.Fault)
	case !m.Online:
		return fmt.Errorf("%s is Offline: its heartbeat is %s old", a.Member, m.HeartbeatAge.Round(time.Second))
	}
	return nil
}

func notEqual(f schema.Facts) error {
	for _, name := range f.MemberOrder() {
		m := f.Members[name]
		switch {
		case m.State == schema.StatePending:
		case !m.Online:
			return fmt.Errorf("%s is Offline: its heartbeat is %s old", name, m.HeartbeatAge.Round(time.Second))
		case behind(f, name):
			return fmt.Errorf("%s still runs an older version", name)
		case f.Hosts[name].Fault != "":
			return fmt.Errorf("%s does not answer: %s", name, f.Hosts[name].Fault)
		}
	}
	return nil
}

// Blocked reports whether a member waits for others to be brought up to date: a row of another member has a lower schema or
// fewer extensions (lxd 5.0.2, lxd/db/cluster/open.go checkClusterIsUpgradable).
func Blocked(f schema.Facts, member string) bool {
	m := f.Members[member]
	for name, other := range f.Members {
		if name != member && other.State != schema.StatePending && (other.Schema < m.Schema || other.Extensions < m.Extensions) {
			return true
		}
	}
	return false
}

// behind reports whether another member has a higher schema or more extensions.
func behind(f schema.Facts, member string) bool {
	m := f.Members[member]
	for name, other := range f.Members {
		if name != member && other.State != schema.StatePending && (other.Schema > m.Schema || other.Extensions > m.Extensions) {
			return true
		}
	}
	return false
}
