package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// FaultKind says what goes wrong.
type FaultKind string

// The kinds of faults.
const (
	// FaultOffline stops the daemon of Member.
	FaultOffline FaultKind = "offline"
	// FaultLoseLeader stops the daemon of the member that leads the database.
	FaultLoseLeader FaultKind = "lose-leader"
	// FaultWiped gives the machine of Member an empty disk: a daemon that was never used runs there.
	FaultWiped FaultKind = "wiped"
	// FaultLater lets Delay pass: heartbeats that nobody renews grow older.
	FaultLater FaultKind = "later"
	// FaultSlow lets the matching calls wait for Delay.
	FaultSlow FaultKind = "slow"
	// FaultRefuse answers the matching calls with Status (500 by default) and Text. With the method RUN it is the commands
	// that fail which begin with Path, and Status is how they exit.
	FaultRefuse FaultKind = "refuse"
	// FaultPrecondition answers the matching calls with 412.
	FaultPrecondition FaultKind = "precondition"
	// FaultDrop carries the matching calls out and breaks the connection instead of answering.
	FaultDrop FaultKind = "drop"
	// FaultCut breaks the connection of the matching calls instead of carrying them out.
	FaultCut FaultKind = "cut"
	// FaultDropJoin breaks a join of Member before Stage: at trust or accept the operation fails; at enter, when the
	// cluster has a pending row for it, the operation never ends and the daemon's cluster calls hang; at half the daemon
	// dies there with half a database, with which it does not start again; at copied just before, when it has the
	// certificates of the cluster's servers, on which the next join fails; at end the operation fails when all is done,
	// and the daemon takes itself for a server in no cluster until it is started again (incus 6.0.4, measured).
	FaultDropJoin FaultKind = "drop-join"
	// FaultDropBootstrap lets the daemon of Member die in its bootstrap, when its own database has itself as the first
	// member; at Stage row when its row in the table of members is changed as well; at key when the key of the
	// cluster is begun, too, and not written, so that it does not start again.
	FaultDropBootstrap FaultKind = "drop-bootstrap"
	// FaultJoining lets the daemon of Member say, as often as it is asked for GET /1.0, that a join of it has just begun:
	// an operation runs, and no database has anything of it. At Stage named it says that it is in a cluster, too, as
	// Incus does (6.0.4, measured). After that it is as it was: the join has failed.
	FaultJoining FaultKind = "joining"
	// FaultDie stops the daemon of Member after it created its own part of a pool or network in the second phase.
	FaultDie FaultKind = "die-after-phase-one"
	// FaultDieCreating stops the daemon of Member while it creates its part of a pool or network, and leaves what it made:
	// every later try fails on that.
	FaultDieCreating FaultKind = "die-creating"
	// FaultEndStarting lets the daemon of Member end when it is started, as that of Incus 7.0.2 does in an upgrade when
	// another one brings the database up to date at that moment.
	FaultEndStarting FaultKind = "end-starting"
	// FaultDiskFull lets Member fail to create parts of pools, networks and volumes.
	FaultDiskFull FaultKind = "disk-full"
)

// FaultKinds are all of them.
func FaultKinds() []FaultKind {
	return []FaultKind{FaultOffline, FaultLoseLeader, FaultWiped, FaultLater, FaultSlow, FaultRefuse,
		FaultPrecondition, FaultDrop, FaultCut, FaultDropJoin, FaultDropBootstrap, FaultJoining, FaultDie,
		FaultDieCreating, FaultEndStarting, FaultDiskFull}
}

// Fault is one switch. The zero value of a field means any, or the default.
type Fault struct {
	Kind FaultKind `json:"kind"`
	// Member is the label of the member that it strikes.
	Member string `json:"member,omitempty"`
	// Method and Path choose the calls; Path is a beginning, such as /1.0/networks.
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	// Times is how often it strikes before it is used up; 0 means always.
	Times  int           `json:"times,omitempty"`
	Delay  time.Duration `json:"delay,omitempty"`
	Status int           `json:"status,omitempty"`
	Text   string        `json:"text,omitempty"`
	Stage  string        `json:"stage,omitempty"`
}

// faults are the switches that are on.
type faults struct {
	mu sync.Mutex
	on []Fault
}

// Inject switches a fault on. It fails for an unknown kind or member.
func (w *World) Inject(ctx context.Context, f Fault) error {
	if !slices.Contains(FaultKinds(), f.Kind) {
		return fmt.Errorf("there is no fault %q: there are %s", f.Kind, kindsText())
	}
	if f.Member != "" && w.labelled(f.Member) == nil {
		return w.stranger(f.Member)
	}
	switch f.Kind {
	case FaultOffline:
		return w.Stop(ctx, f.Member)
	case FaultLoseLeader:
		return w.stopLeader(ctx)
	case FaultWiped:
		return w.Wipe(ctx, f.Member)
	case FaultLater:
		return w.Advance(ctx, f.Delay)
	}
	w.faults.mu.Lock()
	w.faults.on = append(w.faults.on, f)
	w.faults.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.save()
}

// Heal switches all faults off. Members that were stopped stay so.
func (w *World) Heal() error {
	w.faults.mu.Lock()
	w.faults.on = nil
	w.faults.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.save()
}

func (f *faults) list() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.on)
}

// take returns the first fault that fits, and counts it.
func (f *faults) take(fits func(Fault) bool) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.on {
		if !fits(f.on[i]) {
			continue
		}
		found := f.on[i]
		if f.on[i].Times == 1 {
			f.on = slices.Delete(f.on, i, i+1)
		} else if f.on[i].Times > 1 {
			f.on[i].Times--
		}
		return found, true
	}
	return Fault{}, false
}

func (f Fault) strikes(m *member) bool { return f.Member == "" || f.Member == m.Label }

func (f Fault) matches(c *call) bool {
	return f.strikes(c.asked) && (f.Method == "" || f.Method == c.Method) && strings.HasPrefix(c.URL.Path, f.Path)
}

// hit takes a fault of that kind for a call.
func (f *faults) hit(kind FaultKind, c *call) (Fault, bool) {
	return f.take(func(x Fault) bool { return x.Kind == kind && x.matches(c) })
}

// before lets faults act on a call that has just come in.
func (f *faults) before(c *call) error {
	if slow, found := f.hit(FaultSlow, c); found {
		select {
		case <-time.After(slow.Delay):
		case <-c.Context().Done():
			return c.Context().Err()
		case <-c.world.ctx.Done():
			return c.world.ctx.Err()
		}
	}
	if _, cut := f.hit(FaultCut, c); cut {
		return errBroken
	}
	refuse, found := f.take(func(x Fault) bool {
		return (x.Kind == FaultRefuse || x.Kind == FaultPrecondition && c.Method != http.MethodGet) && x.matches(c)
	})
	switch {
	case !found:
		return nil
	case refuse.Kind == FaultPrecondition:
		return fail(http.StatusPreconditionFailed, "ETag doesn't match: %s vs %s", hash("given"), hash("current"))
	case refuse.Status == 0:
		refuse.Status = http.StatusInternalServerError
	}
	if refuse.Text == "" {
		refuse.Text = "Refused by the sandbox"
	}
	return fail(refuse.Status, "%s", refuse.Text)
}

// running lets faults act on a command of the member's machine.
func (f *faults) running(m *member, words string) error {
	refuse, found := f.take(func(x Fault) bool {
		return x.Kind == FaultRefuse && x.Method == "RUN" && x.strikes(m) && strings.HasPrefix(words, x.Path)
	})
	if !found {
		return nil
	}
	return exit{max(refuse.Status, 1), refuse.Text + "\n"}
}

// strike takes a fault of that kind that strikes the member now.
func (f *faults) strike(kind FaultKind, m *member) (Fault, bool) {
	return f.take(func(x Fault) bool { return x.Kind == kind && x.strikes(m) })
}

// creating lets faults act while a member creates its part of an object.
func (f *faults) creating(m *member, entity string) error {
	if _, full := f.strike(FaultDiskFull, m); full {
		return fmt.Errorf("Failed to create %s: write %s: no space left on device", entity, m.world.server.Folder)
	}
	return nil
}

// endsJoin reports whether the join of the member breaks at that stage.
func (f *faults) endsJoin(m *member, stage string) bool {
	_, found := f.take(func(x Fault) bool {
		return x.Kind == FaultDropJoin && cmp.Or(x.Stage, "enter") == stage && x.strikes(m)
	})
	return found
}

// joining lets faults act before a stage of a join.
func (f *faults) joining(ctx context.Context, m *member, stage string) error {
	switch {
	case !f.endsJoin(m, stage):
		return nil
	case stage == "trust":
		return errors.New("Failed to setup cluster trust: Failed to add server cert to cluster: EOF")
	case stage == "accept":
		return errors.New("Failed request to add member: EOF")
	}
	m.hang()
	<-ctx.Done()
	return errors.New("the daemon died")
}
