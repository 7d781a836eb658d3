package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// restLimit is how long a reading waits for what goes on by itself: heartbeats come every ten seconds, and a join takes
// less. restPause is between two readings.
const (
	restLimit = 15 * time.Second
	restPause = time.Second
)

// readAtRest reads the cluster, and again for a while where a daemon that was just started has no heartbeat yet or a
// join goes on: what is planned from that moment would be refused for no reason that lasts.
func (s *Session) readAtRest(ctx context.Context, backend drivers.Backend) (schema.Cluster, error) {
	limit, told := s.Now().Add(restLimit), false
	for {
		live, err := s.Read(ctx, backend)
		why := goingOn(live.Facts)
		if err != nil || why == "" || !s.Now().Before(limit) {
			return live, err
		}
		if !told {
			s.Warn(fmt.Errorf("%s: waiting up to %s for it", why, restLimit))
			told = true
		}
		select {
		case <-ctx.Done():
			return live, Fail(ExitInterrupted, "", errors.New("interrupted while reading the cluster"))
		case <-time.After(restPause):
		}
	}
}

// goingOn says what is going on in a cluster; nothing when it is at rest.
func goingOn(f schema.Facts) string {
	if !f.Clustered || f.Source == schema.SourceDump {
		return ""
	}
	for _, name := range f.MemberOrder() {
		m, host := f.Members[name], f.Hosts[name]
		switch {
		case host.Joining:
			return "the join of " + name + " has not ended"
		case !m.Online && m.State != schema.StatePending && runs(f, name):
			return fmt.Sprintf("%s answers, and has no heartbeat%s", name, since(m.HeartbeatAge))
		}
	}
	return ""
}
