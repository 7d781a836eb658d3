package apply

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"clusterctl/drivers"
)

// keeper is a server that keeps a lock, with a clock of its own.
type keeper struct {
	mu    sync.Mutex
	ahead time.Duration
	text  string
	etag  int
	// trouble is called with each call before it takes effect, and after it once more.
	trouble func(c drivers.Call, after bool) error
}

func (k *keeper) Do(ctx context.Context, c drivers.Call) (drivers.Reply, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return drivers.Reply{}, err
	}
	if k.trouble != nil {
		if err := k.trouble(c, false); err != nil {
			return drivers.Reply{}, err
		}
	}
	if c.Method == http.MethodPatch {
		if c.ETag != "" && c.ETag != k.tag() {
			return drivers.Reply{}, &drivers.Error{Kind: drivers.Precondition}
		}
		k.text = c.Body.(map[string]any)["config"].(map[string]string)[LockKey]
		k.etag++
	}
	if k.trouble != nil {
		if err := k.trouble(c, true); err != nil {
			return drivers.Reply{}, err
		}
	}
	metadata, err := json.Marshal(map[string]any{"config": map[string]string{LockKey: k.text}})
	return drivers.Reply{Metadata: metadata, ETag: k.tag(), At: time.Now().Add(k.ahead).Truncate(time.Second)}, err
}

func (k *keeper) tag() string { return strings.Repeat("x", k.etag+1) }

var errDown = &drivers.Error{Kind: drivers.Unreachable, Op: "GET /1.0", Err: errors.New("connection refused")}

// TestLockExpiresByTheServersClock has a server whose clock is wrong, for one of two runs at a time.
func TestLockExpiresByTheServersClock(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{0, -3 * time.Minute, 3 * time.Minute, -24 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			server := &keeper{ahead: ahead}
			lock := Lock{API: server}
			if _, err := lock.Take(t.Context(), Lease{ID: "first"}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(leaseFor - 10*time.Second)
			var held *HeldError
			if _, err := lock.Take(t.Context(), Lease{ID: "second"}); !errors.As(err, &held) || held.Good != 10*time.Second {
				t.Errorf("%s ahead: the second run got %v, want that the first one has it for 10 s more", ahead, err)
			}
			time.Sleep(10 * time.Second)
			if _, err := lock.Take(t.Context(), Lease{ID: "second"}); err != nil {
				t.Errorf("%s ahead: the second run got %v, want the lock, which has run out", ahead, err)
			}
		})
	}
}

func TestLockIsKeptUntilItHasRunOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &keeper{}
		held, err := Lock{API: server}.Take(t.Context(), Lease{ID: "mine"})
		if err != nil {
			t.Fatal(err)
		}
		down := time.Time{}
		server.trouble = func(drivers.Call, bool) error {
			if now := time.Now(); !down.IsZero() && now.After(down) && now.Before(down.Add(100*time.Second)) {
				return errDown
			}
			return nil
		}
		down = time.Now().Add(5 * time.Minute)
		keeping, stop := context.WithTimeout(t.Context(), 15*time.Minute)
		defer stop()
		if err := held.Keep(keeping); err != nil {
			t.Errorf("the server was away for 100 s: got %v, want that the lock is kept", err)
		}
	})
}

// TestNothingStartsOnceTheLockHasRunOut has a server that is away for longer than a lease is good, and comes back.
func TestNothingStartsOnceTheLockHasRunOut(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"", "other"} {
		synctest.Test(t, func(t *testing.T) {
			server := &keeper{}
			held, err := Lock{API: server}.Take(t.Context(), Lease{ID: "mine"})
			if err != nil {
				t.Fatal(err)
			}
			server.trouble = func(drivers.Call, bool) error { return errDown }
			keeping, stop := context.WithCancel(t.Context())
			kept := make(chan error, 1)
			go func() { kept <- held.Keep(keeping) }()
			time.Sleep(leaseFor - renewLimit)
			if err := held.Check(t.Context()); err != nil {
				t.Errorf("before it has run out: %v", err)
			}
			time.Sleep(renewLimit)
			var expired *ExpiredError
			began := time.Now()
			if err := held.Check(t.Context()); !errors.As(err, &expired) {
				t.Errorf("the next step is let through: %v", err)
			} else if took := time.Since(began); took < renewEvery || took > renewEvery+renewLimit {
				t.Errorf("the cluster was waited for during %s", took)
			}

			// It answers again, and the lock is its own, or that of somebody who took it.
			server.mu.Lock()
			server.trouble = nil
			if by != "" {
				server.text = `{"id":"other","owner":"anna","host":"ci","since":"2026-01-01T00:00:00Z"}`
			}
			server.mu.Unlock()
			if err := held.Check(t.Context()); (err != nil) != (by != "") {
				t.Errorf("taken by %q, and the next step: %v", by, err)
			}
			stop()
			var lost *LostError
			if err := <-kept; err != nil && (by == "" || !errors.As(err, &lost)) {
				t.Errorf("taken by %q, and the keeper ended with %v", by, err)
			}
		})
	}
}

func TestLockThatAnotherHasIsNeverRenewed(t *testing.T) {
	t.Parallel()
	for by, text := range map[string]string{"other": `{"id":"other","owner":"anna","host":"ci","since":"2026-01-01T00:00:00Z"}`, "": ""} {
		synctest.Test(t, func(t *testing.T) {
			server := &keeper{}
			held, err := Lock{API: server}.Take(t.Context(), Lease{ID: "mine"})
			if err != nil {
				t.Fatal(err)
			}
			server.text = text
			var lost *LostError
			if err := held.Keep(t.Context()); !errors.As(err, &lost) || lost.By.ID != by || server.text != text {
				t.Errorf("got %v and the lock %s", err, server.text)
			}
			if err := held.Release(t.Context()); err != nil || server.text != text {
				t.Errorf("giving it back: %v, left %q, want what was there", err, server.text)
			}
		})
	}
}

// TestSuspendedRunAsksBeforeItGoesOn has a run that stood still for longer than the lock is good.
func TestSuspendedRunAsksBeforeItGoesOn(t *testing.T) {
	t.Parallel()
	for _, taken := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			server := &keeper{}
			lock := Lock{API: server}
			held, err := lock.Take(t.Context(), Lease{ID: "mine"})
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(3 * time.Minute)
			if taken {
				if _, err := lock.Take(t.Context(), Lease{ID: "other"}); err != nil {
					t.Fatal(err)
				}
			}
			if err := held.Check(t.Context()); (err != nil) != taken {
				t.Errorf("taken by another: %t, and the next step: %v", taken, err)
			}
		})
	}
}

func TestLockThatIsNotTakenLeavesNone(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]func(cancel func()) func(drivers.Call, bool) error{
		"the answer is lost": func(func()) func(drivers.Call, bool) error {
			return func(c drivers.Call, after bool) error {
				if c.Method == http.MethodPatch && after && strings.Contains(c.Body.(map[string]any)["config"].(map[string]string)[LockKey], "id") {
					return errDown
				}
				return nil
			}
		},
		"interrupted": func(cancel func()) func(drivers.Call, bool) error {
			return func(c drivers.Call, after bool) error {
				if c.Method == http.MethodPatch && after {
					cancel()
				}
				return nil
			}
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		server := &keeper{trouble: trouble(cancel)}
		if _, err := (Lock{API: server}).Take(ctx, Lease{ID: "mine"}); err == nil || server.text != "" {
			t.Errorf("%s: got error %v, and the lock is %q", name, err, server.text)
		}
		cancel()
	}
}

// TestOtherChangesDoNotKeepALockAway has somebody who changes something else of the server between reading and writing.
func TestOtherChangesDoNotKeepALockAway(t *testing.T) {
	t.Parallel()
	server, changes := &keeper{}, 2
	server.trouble = func(c drivers.Call, after bool) error {
		if c.Method == http.MethodPatch && !after && changes > 0 {
			changes--
			server.etag++
		}
		return nil
	}
	held, err := Lock{API: server}.Take(t.Context(), Lease{ID: "mine"})
	if err != nil {
		t.Fatal(err)
	}
	changes = 2
	if err := held.Release(t.Context()); err != nil || server.text != "" {
		t.Errorf("giving it back: %v, left %q", err, server.text)
	}
}

// machine is a root folder with a process 7 that started at 1234.
func machine(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"etc/machine-id": "m\n", "proc/sys/kernel/random/boot_id": "b\n",
		"proc/7/stat": "7 (clusterctl (1)) S 1 7 7 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 1234 1 1\n",
	} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o700), os.WriteFile(filepath.Join(root, name), []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	space := filepath.Join(root, "proc/self/ns")
	if err := errors.Join(os.MkdirAll(space, 0o700), os.Symlink("pid:[1]", filepath.Join(space, "pid"))); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestProcessIsGoneOnlyWhenAllSaysSo(t *testing.T) {
	t.Parallel()
	root := machine(t)
	here := process(root, 7)
	if want := (Process{Machine: "m", Boot: "b", Space: "pid:[1]", ID: 7, Started: "1234"}); here != want {
		t.Fatalf("this process is %+v, want %+v", here, want)
	}
	with := func(change func(*Process)) Process { p := here; change(&p); return p }
	for name, c := range map[string]struct {
		process Process
		gone    bool
	}{
		"it runs":           {here, false},
		"killed":            {with(func(p *Process) { p.ID = 8 }), true},
		"number used again": {with(func(p *Process) { p.Started = "99" }), true},
		"another machine":   {with(func(p *Process) { p.ID, p.Machine = 8, "n" }), false},
		"before a boot":     {with(func(p *Process) { p.ID, p.Boot = 8, "c" }), false},
		"in a container":    {with(func(p *Process) { p.ID, p.Space = 8, "pid:[2]" }), false},
		"it did not tell":   {Process{}, false},
	} {
		if got := c.process.goneBelow(root); got != c.gone {
			t.Errorf("%s: gone %t, want %t", name, got, c.gone)
		}
	}
	if err := os.Remove(filepath.Join(root, "etc/machine-id")); err != nil {
		t.Fatal(err)
	}
	if here := process(root, 7); here != (Process{}) {
		t.Errorf("a machine without an id has the process %+v, want none", here)
	}
}

func TestLockOfAKilledRunIsTakenAtOnce(t *testing.T) {
	t.Parallel()
	killed := ThisProcess()
	if killed == (Process{}) {
		t.Skip("this system does not tell processes apart")
	}
	server := &keeper{}
	lock := Lock{API: server}
	if _, err := lock.Take(t.Context(), Lease{ID: "runs", Process: killed}); err != nil {
		t.Fatal(err)
	}
	var held *HeldError
	if _, err := lock.Take(t.Context(), Lease{ID: "next"}); !errors.As(err, &held) {
		t.Errorf("got %v, want that it is held by a process that runs", err)
	}
	server.text = ""
	killed.Started += "0"
	if _, err := lock.Take(t.Context(), Lease{ID: "killed", Process: killed}); err != nil {
		t.Fatal(err)
	}
	if _, err := lock.Take(t.Context(), Lease{ID: "next"}); err != nil {
		t.Errorf("got %v, want the lock of a process that is gone", err)
	}
}
