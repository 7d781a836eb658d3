package apply

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"clusterctl/drivers"
)

// LockKey is the key of the server configuration in which a cluster keeps its lock. LXD takes any key that begins with
// user. and does nothing with it.
const LockKey = "user.clusterctl.lock"

// leaseFor is how long a lock is good without being renewed, renewEvery how often that is done.
const (
	leaseFor   = 2 * time.Minute
	renewEvery = 30 * time.Second
)

// Lease says who holds the lock of a cluster. It is advisory: nothing but clusterctl looks at it.
type Lease struct {
	// ID tells leases apart that the same person takes.
	ID    string `json:"id"`
	Owner string `json:"owner"`
	Host  string `json:"host"`
	// Since is when it was taken, Expires until when it is good, both in UTC.
	Since   time.Time `json:"since"`
	Expires time.Time `json:"expires"`
}

// String says who holds it and for how long.
func (l Lease) String() string {
	return fmt.Sprintf("%s on %s, since %s", l.Owner, l.Host, l.Since.UTC().Format(time.RFC3339))
}

// HeldError is the error of a lock that somebody else holds.
type HeldError struct{ Lease Lease }

// Error names the owner.
func (e *HeldError) Error() string { return "the cluster is locked by " + e.Lease.String() }

// Lock is the lock of one cluster.
type Lock struct {
	API drivers.API
	// Rolling is for an upgrade: the lock is read and written in the database itself, through the socket of a daemon, while
	// members run different versions.
	Rolling bool
}

// Holder returns the lease that is stored, expired or not; ok is false when there is none.
func (l Lock) Holder(ctx context.Context) (lease Lease, ok bool, err error) {
	lease, ok, _, err = l.now(ctx).read(ctx)
	return lease, ok, err
}

// read returns what Holder does, and what put needs to store another one in its place and in no other's.
func (l Lock) read(ctx context.Context) (lease Lease, ok bool, etag string, err error) {
	if l.Rolling {
		text, err := l.stored(ctx)
		if err != nil || json.Unmarshal([]byte(text), &lease) != nil || lease.ID == "" {
			return Lease{}, false, text, err
		}
		return lease, true, text, nil
	}
	reply, err := l.API.Do(ctx, drivers.Call{Method: "GET", Path: "/1.0"})
	if err != nil {
		return lease, false, "", fmt.Errorf("reading the lock: %w", err)
	}
	var s server
	if err := json.Unmarshal(reply.Metadata, &s); err != nil {
		return lease, false, "", fmt.Errorf("reading the lock: %w", err)
	}
	text, _ := s.Config[LockKey].(string)
	if json.Unmarshal([]byte(text), &lease) != nil || lease.ID == "" {
		return Lease{}, false, reply.ETag, nil //nolint:nilerr // none, or nobody's that can be told
	}
	return lease, true, reply.ETag, nil
}

// Take takes the lock for the lease, whose Since and Expires it sets. It fails with a *HeldError while somebody else's is
// good.
func (l Lock) Take(ctx context.Context, lease Lease) error {
	l = l.now(ctx)
	holder, held, etag, err := l.read(ctx)
	if err != nil {
		return err
	}
	if held && holder.ID != lease.ID && time.Now().Before(holder.Expires) {
		return &HeldError{Lease: holder}
	}
	lease.Since = time.Now().UTC().Truncate(time.Second)
	if err := l.write(ctx, lease, etag); err != nil && !drivers.Is(err, drivers.Precondition) {
		return err
	}
	holder, held, _, err = l.read(ctx)
	switch {
	case err != nil:
		return err
	case held && holder.ID != lease.ID:
		return &HeldError{Lease: holder} // somebody was faster
	case !held:
		return errors.New("taking the lock: the cluster did not keep it")
	}
	return nil
}

// Keep renews the lease until the context ends. That it could not be renewed is passed over: the others see it expire.
func (l Lock) Keep(ctx context.Context, lease Lease) {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			l := l.now(ctx)
			if holder, held, etag, err := l.read(ctx); err == nil && held && holder.ID == lease.ID {
				_ = l.write(ctx, holder, etag) // tried again at the next tick
			}
		}
	}
}

// Release gives the lock back, if it still is that of the lease; with an empty ID whoever holds it loses it.
func (l Lock) Release(ctx context.Context, id string) error {
	l = l.now(ctx)
	holder, held, etag, err := l.read(ctx)
	if err != nil || !held || id != "" && holder.ID != id {
		return err
	}
	return l.put(ctx, "", etag)
}

func (l Lock) write(ctx context.Context, lease Lease, etag string) error {
	lease.Expires = time.Now().UTC().Truncate(time.Second).Add(leaseFor)
	text, err := json.Marshal(lease)
	if err != nil {
		return err
	}
	return l.put(ctx, string(text), etag)
}

// put stores the text; an empty one removes the key.
func (l Lock) put(ctx context.Context, text, etag string) error {
	if l.Rolling {
		return l.store(ctx, text, etag)
	}
	body := map[string]any{"config": map[string]string{LockKey: text}}
	if _, err := l.API.Do(ctx, drivers.Call{Method: "PATCH", Path: "/1.0", Body: body, ETag: etag}); err != nil {
		return fmt.Errorf("writing the lock: %w", err)
	}
	return nil
}
