package session

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/user"
	"sync"
	"time"

	"clusterctl/apply"
	"clusterctl/drivers"
)

// LockOptions say whether and how a run locks the cluster.
type LockOptions struct {
	Off bool
	// Timeout is how long a lock that somebody else holds is waited for.
	Timeout time.Duration
	// rolling is for an upgrade, see [apply.Lock].
	rolling bool
}

// Held is the lock of a cluster as it was found.
type Held struct {
	Lease apply.Lease
	// Locked reports that there is one; it may have expired.
	Locked bool
}

// LockOf reads the lock of the cluster and hands it to with, which may give it back, whoever holds it.
func (s *Session) LockOf(ctx context.Context, where Where, with func(h Held, release func() error) error) (err error) {
	seen, err := s.seek(ctx, where)
	if err != nil {
		return err
	}
	defer Closing(seen.backend, &err)
	limited, cancel := context.WithTimeout(ctx, s.Limits.Timeout)
	defer cancel()
	api, err := seen.backend.API(limited, "")
	if err != nil {
		return err
	}
	held := apply.Lock{API: api}
	lease, locked, err := held.Holder(limited)
	if err != nil {
		return err
	}
	return with(Held{lease, locked}, func() error { return held.Release(limited, lease.ID) })
}

// Confirm asks whether to go on.
func (r *Run) Confirm(ctx context.Context, q Question) error { return r.consent(ctx, q) }

// errWaited is for a lock that was free only after a while: the cluster may have been changed meanwhile.
var errWaited = errors.New("somebody else has changed the cluster meanwhile, or may have")

// lock locks a cluster and returns what gives the lock back. The error is errWaited, and the lock is taken, when
// somebody else had it first.
func (r *Run) lock(ctx context.Context, backend drivers.Backend) (unlock func(), err error) {
	api, err := backend.API(ctx, "")
	if err != nil {
		return nil, err
	}
	held, lease := apply.Lock{API: api, Rolling: r.Lock.rolling}, apply.Lease{ID: rand.Text(), Owner: r.owner(), Host: hostname()}
	waited := false
	for limit := r.Now().Add(r.Lock.Timeout); ; {
		err = held.Take(ctx, lease)
		var other *apply.HeldError
		if err == nil {
			break
		}
		if !errors.As(err, &other) {
			return nil, Fail(ExitError, "--no-lock goes on without a lock.", err)
		}
		if !r.Now().Before(limit) {
			r.result.Result = "locked"
			return nil, Fail(ExitLocked, fmt.Sprintf("It is good for another %s, and renewed while its holder works. Nothing was touched.\n"+
				"Wait with --lock-timeout 10m; if nobody is at work: clusterctl lock break", other.Lease.Expires.Sub(r.Now()).Round(time.Second)), err)
		}
		waited = true
		select {
		case <-ctx.Done():
			return nil, Fail(ExitInterrupted, "", errors.New("interrupted while waiting for the lock; nothing was touched"))
		case <-time.After(time.Second):
		}
	}
	keeping, stop := context.WithCancel(ctx)
	var keeper sync.WaitGroup
	keeper.Go(func() { held.Keep(keeping, lease) })
	unlock = func() {
		stop()
		keeper.Wait()
		short, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if err := held.Release(short, lease.ID); err != nil {
			r.Warn(fmt.Errorf("the lock could not be given back; it goes by itself in two minutes: %w", err))
		}
	}
	if waited {
		return unlock, errWaited
	}
	return unlock, nil
}

// owner is who holds the lock: the user of CI, or of this machine.
func (r *Run) owner() string {
	ci, _ := r.Getenv("GITLAB_USER_LOGIN")
	actor, _ := r.Getenv("GITHUB_ACTOR")
	name := ""
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return cmp.Or(ci, actor, name, "somebody")
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "an unknown machine"
	}
	return name
}
