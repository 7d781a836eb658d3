package simulation

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"clusterctl/drivers/sandbox"
)

// strike is how a fault meets a call.
type strike func(w *watch, ctx context.Context, m moment, effect func(context.Context) error) error

// faults are what may happen to one call.
var faults = map[string]strike{
	// clusterctl is killed before the call, after it, and while the daemon does it: the daemon goes on, and is done only
	// when the next run has read the cluster.
	"end-before": func(w *watch, _ context.Context, _ moment, _ func(context.Context) error) error { return w.end() },
	"end-after": func(w *watch, ctx context.Context, _ moment, effect func(context.Context) error) error {
		_ = effect(ctx) // nobody hears the answer
		return w.end()
	},
	"end-middle": func(w *watch, _ context.Context, _ moment, effect func(context.Context) error) error {
		w.left = func() {
			_ = effect(w.place.ctx)      // nobody hears the answer
			_, err := w.place.endLease() // it may have been that
			w.problem(err)
		}
		return w.end()
	},
	// The connection breaks before the daemon has the call, and after it has done it.
	"cut-before": inject(sandbox.Fault{Kind: sandbox.FaultCut}),
	"cut-after":  inject(sandbox.Fault{Kind: sandbox.FaultDrop}),
	"412":        inject(sandbox.Fault{Kind: sandbox.FaultPrecondition}),
	"503":        inject(sandbox.Fault{Kind: sandbox.FaultRefuse, Status: http.StatusServiceUnavailable, Text: "LXD daemon setup in progress"}),
	"no-leader": inject(sandbox.Fault{Kind: sandbox.FaultRefuse, Status: http.StatusServiceUnavailable,
		Text: "Failed to begin transaction: failed to create dqlite connection: no available dqlite leader server found"}),
	"slow": inject(sandbox.Fault{Kind: sandbox.FaultSlow, Delay: 60 * time.Millisecond}),
	// The daemon is killed before it has the call, after it has answered, and before it could; it is started again soon.
	"daemon-before": func(w *watch, ctx context.Context, m moment, effect func(context.Context) error) error {
		w.kill(w.asked(m))
		return effect(ctx)
	},
	"daemon-after": func(w *watch, ctx context.Context, m moment, effect func(context.Context) error) error {
		err := effect(ctx)
		w.kill(w.asked(m))
		return err
	},
	"daemon-middle": func(w *watch, ctx context.Context, m moment, effect func(context.Context) error) error {
		err := inject(sandbox.Fault{Kind: sandbox.FaultDrop})(w, ctx, m, effect)
		w.kill(w.asked(m))
		return err
	},
	// Another member's daemon is killed.
	"bystander": func(w *watch, ctx context.Context, m moment, effect func(context.Context) error) error {
		w.kill(w.bystander(m))
		return effect(ctx)
	},
	// All lose their power, clusterctl's machine with them.
	"power": func(w *watch, ctx context.Context, _ moment, effect func(context.Context) error) error {
		_ = effect(ctx) // nobody hears the answer
		for _, m := range w.place.Members() {
			w.kill(m.Name)
		}
		return w.end()
	},
	// A reading shows what was, or not what a member is whose daemon does not answer.
	"stale": func(w *watch, ctx context.Context, _ moment, effect func(context.Context) error) error {
		err := effect(ctx)
		w.live = w.stale
		return err
	},
	"blind": func(w *watch, ctx context.Context, m moment, effect func(context.Context) error) error {
		member := w.bystander(m)
		w.kill(member)
		err := effect(ctx)
		w.problem(w.place.start(w.dead...))
		w.dead = nil
		return err
	},
	// What only joins and the creation of pools and networks know.
	"join-trust":     inject(sandbox.Fault{Kind: sandbox.FaultDropJoin, Stage: "trust"}),
	"join-accept":    inject(sandbox.Fault{Kind: sandbox.FaultDropJoin, Stage: "accept"}),
	"join-copied":    inject(sandbox.Fault{Kind: sandbox.FaultDropJoin, Stage: "copied"}),
	"join-half":      inject(sandbox.Fault{Kind: sandbox.FaultDropJoin, Stage: "half"}),
	"bootstrap-raft": bootstrap("raft"),
	"bootstrap-row":  bootstrap("row"),
	"bootstrap-key":  bootstrap("key"),
	"dies":           inject(sandbox.Fault{Kind: sandbox.FaultDie}),
	"dies-making":    inject(sandbox.Fault{Kind: sandbox.FaultDieCreating}),
	"disk-full":      inject(sandbox.Fault{Kind: sandbox.FaultDiskFull}),
}

// can reports whether a fault can strike such a call.
func can(fault string, m moment) bool {
	join := m.method == http.MethodPut && m.path == "/1.0/cluster"
	creation := m.method == http.MethodPost && (strings.HasPrefix(m.path, "/1.0/storage-pools") || m.path == "/1.0/networks")
	switch fault {
	case "412":
		return m.method == http.MethodPut || m.method == http.MethodPatch
	case "stale", "blind":
		return m.method == "READ"
	case "join-trust", "join-accept", "join-copied", "join-half":
		return join
	case "bootstrap-raft", "bootstrap-row", "bootstrap-key":
		return join && m.member == "node1"
	case "dies", "dies-making", "disk-full":
		return creation
	// A call that only reads leaves the world as it was: to end there is to end after the last one that changed something,
	// and it is all the same whether it was carried out.
	case "end-before", "end-after", "end-middle", "cut-after", "daemon-after", "daemon-middle", "bystander", "power", "slow":
		return m.changes()
	case "cut-before", "503", "no-leader":
		return m.method != "RUN"
	}
	return true
}

// inject switches a fault of the sandbox on for that call, once.
func inject(f sandbox.Fault) strike {
	return func(w *watch, ctx context.Context, m moment, effect func(context.Context) error) error {
		if f := f; m.method != "READ" {
			f.Method, f.Path = m.method, m.path
		}
		f.Times = 1
		if err := w.place.Inject(ctx, f); err != nil {
			return errors.Join(errEnded, err)
		}
		return effect(ctx)
	}
}

// bootstrap kills the daemon of the first member, which has the lock, in its bootstrap.
func bootstrap(stage string) strike {
	dies := inject(sandbox.Fault{Kind: sandbox.FaultDropBootstrap, Stage: stage})
	return func(w *watch, ctx context.Context, m moment, effect func(context.Context) error) error {
		w.killed++
		return dies(w, ctx, m, effect)
	}
}

// asked is the member whose daemon a call reaches.
func (w *watch) asked(m moment) string {
	if m.member != "" {
		return m.member
	}
	return w.place.leader()
}

// bystander is a running member that a call does not reach.
func (w *watch) bystander(m moment) string {
	members := w.place.Members()
	slices.Reverse(members)
	for _, other := range members {
		if other.Up && other.Name != w.asked(m) && other.Name != w.place.leader() && w.place.clustered(other.Name) {
			return other.Name
		}
	}
	return ""
}

// kill ends a daemon until it is started again.
func (w *watch) kill(member string) {
	if member == "" || !w.place.up(member) {
		return
	}
	w.problem(w.place.Stop(w.place.ctx, member))
	w.dead, w.killed = append(w.dead, member), w.killed+1
}
