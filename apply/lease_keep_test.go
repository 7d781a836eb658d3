package apply

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"clusterctl/drivers"
)

// keyed is a daemon that keeps its server configuration.
type keyed struct {
	mu     sync.Mutex
	config map[string]string
	writes int
}

func (k *keyed) Do(_ context.Context, c drivers.Call) (drivers.Reply, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if body, ok := c.Body.(map[string]any); ok && c.Method == http.MethodPatch {
		k.config, k.writes = body["config"].(map[string]string), k.writes+1
	}
	out, err := json.Marshal(map[string]any{"config": k.config})
	return drivers.Reply{Metadata: out}, err
}

// expires is when the lease of that ID that the daemon keeps ends; the zero time when it keeps another.
func (k *keyed) expires(t *testing.T, id string) time.Time {
	t.Helper()
	held, err := Lock{API: k}.Read(t.Context())
	if err != nil || !held.Locked || held.Lease.ID != id {
		return time.Time{}
	}
	return held.Lease.Expires
}

// unheard is a daemon that cannot tell a member of a change until that has started.
type unheard struct {
	keyed
	until time.Time
}

func (s *unheard) Do(ctx context.Context, c drivers.Call) (drivers.Reply, error) {
	if c.Method == http.MethodPatch && time.Now().Before(s.until) {
		return drivers.Reply{}, &drivers.Error{Kind: drivers.Starting, Op: "PATCH /1.0",
			Err: errors.New("failed to notify peer 10.0.0.3:8443: Daemon is starting up")}
	}
	return s.keyed.Do(ctx, c)
}

// TestLockWaitsForAMemberThatStarts has one that needs half a minute, and one that needs for ever.
func TestLockWaitsForAMemberThatStarts(t *testing.T) {
	t.Parallel()
	for needs, want := range map[time.Duration]bool{30 * time.Second: true, time.Hour: false} {
		synctest.Test(t, func(t *testing.T) {
			daemon := &unheard{until: time.Now().Add(needs)}
			holding, err := Lock{API: daemon}.Take(t.Context(), Lease{ID: "mine"})
			if (err == nil) != want || (holding != nil) != want {
				t.Errorf("one that needs %s: %v", needs, err)
			}
			if want != !daemon.expires(t, "mine").IsZero() {
				t.Errorf("one that needs %s: the lock is not as it was said", needs)
			}
		})
	}
}

// TestLockIsRenewedWhileItIsKept lets three minutes pass, more than a lease is good for.
func TestLockIsRenewedWhileItIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		daemon, mine := &keyed{}, Lease{ID: "mine", Owner: "anna", Host: "ci-7"}
		lock := Lock{API: daemon}
		holding, err := lock.Take(t.Context(), mine)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		kept := make(chan error, 1)
		go func() { kept <- holding.Keep(ctx) }()
		began := time.Now()
		time.Sleep(3*time.Minute + time.Second)
		synctest.Wait()
		if got, want := daemon.expires(t, "mine"), began.Add(3*time.Minute+leaseFor).UTC(); !got.Equal(want) {
			t.Errorf("after three minutes the lease is good until %s, want %s", got, want)
		}

		// Somebody else has taken it over: it is left alone.
		other := Lease{ID: "other", Owner: "ben", Host: "ci-8"}
		if err := lock.write(t.Context(), other, Held{At: time.Now()}); err != nil {
			t.Fatal(err)
		}
		writes := daemon.writes
		time.Sleep(time.Minute)
		synctest.Wait()
		if daemon.writes != writes || daemon.expires(t, "other").IsZero() {
			t.Errorf("a lease of somebody else was written %d times", daemon.writes-writes)
		}

		// It has said so, and does nothing after that.
		var lost *LostError
		if err := <-kept; !errors.As(err, &lost) || lost.By.ID != "other" {
			t.Errorf("the keeper ended with %v, want that the other one has the lock", err)
		}
		cancel()
		time.Sleep(time.Hour)
		synctest.Wait()
		if daemon.writes != writes {
			t.Errorf("it was written after its end")
		}
	})
}
