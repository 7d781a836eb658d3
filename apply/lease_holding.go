package apply

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"clusterctl/drivers"
)

// How often a lock is renewed, how soon that is tried again when it failed, how long one try may take, and how long
// giving a lock back may, and how soon it is tried again.
const (
	renewEvery   = 30 * time.Second
	renewAgain   = 2 * time.Second
	renewLimit   = 10 * time.Second
	releaseLimit = 10 * time.Second
	releaseAgain = 200 * time.Millisecond
	// startLimit is how long a member is waited for that starts: it is told of the lock, and refuses to be. With 300 ms
	// between members one of Incus 6.0.4 needs more than a minute and a half (measured).
	startLimit = 5 * time.Minute
)

// LostError is the error of a lock that somebody took from a run, or broke.
type LostError struct {
	// By holds it now; the zero Lease when nobody does.
	By Lease
}

// Error says who has it now.
func (e *LostError) Error() string {
	if e.By.ID == "" {
		return "the lock of this run was broken; the run stops at once"
	}
	return "the lock of this run was taken by " + e.By.String() + "; the run stops at once"
}

// ExpiredError is the error of a lock that has run out and cannot be renewed.
type ExpiredError struct{ Err error }

// Error says why.
func (e *ExpiredError) Error() string {
	return fmt.Sprintf("the lock could not be renewed for %s and has run out, so the run stops before its next step: %v",
		leaseFor, e.Err)
}

// Unwrap returns why it could not be renewed the last time.
func (e *ExpiredError) Unwrap() error { return e.Err }

// Holding is a lock that was taken. It is safe for use by several goroutines.
type Holding struct {
	lock  Lock
	lease Lease
	// wrote reports that the lease may be stored.
	wrote bool

	// renewing is locked while the lease is renewed.
	renewing sync.Mutex
	// restarts reports that members are being restarted. It is guarded by renewing.
	restarts bool

	mu sync.Mutex
	// renewed is when the lease was last known to be good for leaseFor.
	renewed time.Time
	// ended is why the lock is not held any more.
	ended error
}

// take takes the lock. Somebody who changes something else of the server at the same time is no reason not to, nor is a
// member that still starts.
func (h *Holding) take(ctx context.Context) error {
	began := time.Now()
	var over func()
	for try := 1; ; try++ {
		err := h.takeOnce(ctx)
		if over == nil && drivers.Is(err, drivers.Starting) {
			over = drivers.Waiting(ctx, "", "a member that starts, to take the lock")
			defer over()
		}
		switch {
		case drivers.Is(err, drivers.Precondition) && try < editTries:
		case drivers.Is(err, drivers.Starting) && time.Since(began) < startLimit && drivers.Pause(ctx, renewAgain):
			try = 0
		default:
			return err
		}
	}
}

func (h *Holding) takeOnce(ctx context.Context) error {
	l, err := h.lock.now(ctx)
	if err != nil {
		return err
	}
	found, err := l.read(ctx)
	if err != nil {
		return err
	}
	if found.Locked && found.Lease.ID != h.lease.ID && found.Good() > 0 && !found.Lease.Process.gone() {
		return &HeldError{Lease: found.Lease, Good: found.Good()}
	}
	h.lease.Since, h.renewed, h.wrote = found.At.UTC().Truncate(time.Second), time.Now(), true
	if err := l.write(ctx, h.lease, found); err != nil {
		return err
	}
	found, err = l.read(ctx)
	switch {
	case err != nil:
		return err
	case found.Locked && found.Lease.ID != h.lease.ID:
		return &HeldError{Lease: found.Lease, Good: found.Good()} // somebody was faster
	case !found.Locked:
		return errors.New("taking the lock: the cluster did not keep it")
	}
	return nil
}

// Keep renews the lease until the context ends, which is no error, or somebody else has the lock: a *LostError. One
// that could not be renewed until it ran out is renewed when the cluster answers again, if nobody took it meanwhile.
func (h *Holding) Keep(ctx context.Context) error {
	wait := renewEvery
	for drivers.Pause(ctx, wait) {
		wait = renewEvery
		if h.renew(ctx) != nil {
			wait = renewAgain
		}
		if err := h.why(); err != nil {
			return err
		}
	}
	return nil
}

// Check returns nil while the lock is held for certain, a *LostError when somebody else has it, and an *ExpiredError
// when it has run out and could not be renewed for another half a minute. It asks the cluster only when the lease has
// not been renewed for a while, as after a machine or a process was suspended.
func (h *Holding) Check(ctx context.Context) error {
	if err := h.why(); err != nil {
		return err
	}
	if h.age() < renewEvery+renewLimit {
		return nil
	}
	for began := time.Now(); ; {
		err := h.renew(ctx)
		switch lost := h.why(); {
		case lost != nil:
			return lost
		case err == nil || h.age() < leaseFor:
			return nil
		case time.Since(began) >= renewEvery || !drivers.Pause(ctx, renewAgain):
			return &ExpiredError{Err: err}
		}
	}
}

func (h *Holding) why() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ended
}

// age is how long ago the lease was renewed. Of the two clocks of this machine one stands still while it is suspended,
// and the other may be set: the later one counts.
func (h *Holding) age() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return max(time.Since(h.renewed), time.Now().Round(0).Sub(h.renewed.Round(0)))
}

// renew renews the lease, if it is still there: another one is never written over.
func (h *Holding) renew(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, renewLimit)
	defer cancel()
	began := time.Now()
	err := h.renewOnce(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	var lost *LostError
	switch {
	case err == nil:
		h.renewed = began
	case errors.As(err, &lost):
		h.ended = err
	}
	return err
}

func (h *Holding) renewOnce(ctx context.Context) error {
	h.renewing.Lock()
	defer h.renewing.Unlock()
	l, err := h.lock, error(nil)
	if !h.restarts {
		l, err = l.now(ctx)
	}
	if err != nil {
		return err
	}
	found, err := l.read(ctx)
	switch {
	case err != nil:
		return err
	case found.Locked && found.Lease.ID == h.lease.ID:
		return l.write(ctx, h.lease, found)
	case found.Locked:
		return &LostError{By: found.Lease}
	}
	return &LostError{}
}

// Restarting tells that a member is about to be restarted with another version. From then on a rolling lock is renewed
// in the database alone: between the moment in which the new daemon listens and the one in which the database has its
// version, nothing tells that it will wait for the others.
func (h *Holding) Restarting() {
	h.renewing.Lock()
	defer h.renewing.Unlock()
	h.restarts = true
}

// Release gives the lock back. It does so also when the context has ended.
func (h *Holding) Release(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseLimit)
	defer cancel()
	return h.lock.Release(ctx, h.lease.ID)
}
