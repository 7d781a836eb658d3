package session

import (
	"context"
	"errors"
	"time"

	"clusterctl/drivers"
)

// Status looks at the cluster once. An error may come with a status: that of a database that gave no answer or has no
// quorum.
func (s *Session) Status(ctx context.Context, where Where) (found Status, err error) {
	at, err := s.seek(ctx, where)
	if err != nil {
		return found, err
	}
	defer Closing(at.backend, &err)
	return s.observe(ctx, at)
}

// Watch looks again and again until the context ends, and shows each status after the one before.
func (s *Session) Watch(ctx context.Context, where Where, interval time.Duration,
	show func(before, now Status, reason error)) (err error) {
	at, err := s.seek(ctx, where)
	if err != nil {
		return err
	}
	defer Closing(at.backend, &err)
	return s.watch(ctx, at, interval, show)
}

func (s *Session) watch(ctx context.Context, at opened, interval time.Duration,
	show func(before, now Status, reason error)) error {
	var before Status
	for {
		now, reason := s.observe(ctx, at)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // Ctrl-C is how a watch ends
		}
		show(before, now, reason)
		before = now
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(interval):
		}
	}
}

// observe looks at the cluster once. The error is why the database gave no answer, or that it has no quorum; the status
// then has what is known all the same.
func (s *Session) observe(ctx context.Context, at opened) (Status, error) {
	live, err := s.Read(ctx, at.backend)
	if err == nil {
		found := statusOf(live, s.probe(ctx, at.backend, addressesOf(live)))
		if q := found.Cluster.Quorum; q.Known && q.Online < q.Needed {
			err = &drivers.Error{Kind: drivers.NoLeader, Op: "looking at the cluster",
				Err: errors.New("most voters of the database are offline")}
		}
		return found, err
	}
	if ctx.Err() != nil {
		return Status{}, err
	}
	return s.rememberedStatus(ctx, at), err
}
