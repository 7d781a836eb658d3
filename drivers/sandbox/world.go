package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"clusterctl/drivers/sandbox/layout"
	"clusterctl/schema"
)

// Config says what world to start.
type Config struct {
	// Members is how many members the world has; zero means three. A folder that holds a world keeps its number.
	Members int
	// Names label the members and become their host names; by default node1, node2, ... Where a folder's world has no
	// member of such a name, a fresh one is added to it.
	Names []string
	// Dir is the folder of the world's files. A world that was closed there starts again as it was. Empty means a
	// temporary folder that Close removes.
	Dir string
	// Server is what the members are: the one of [Servers] that is most like it. A folder that holds a world keeps its
	// own; nothing means that, or the first of them.
	Server schema.Flavour
}

// World is a running sandbox. It is safe for use by several goroutines.
type World struct {
	dir       string
	temporary bool
	// held is the lock on the folder, started that all members are as the folder has them, or newer.
	held    *os.File
	started bool
	members []*member
	faults  *faults
	// server is what the members are.
	server layout.Server
	// copied is what a world in memory is a copy of, nil for others.
	copied *Copy
	// blank are databases of a copy before anything is in them, as images by the statements that make them.
	blank sync.Map
	// shared is the cluster of a copy, whose members may all be gone.
	shared   *cluster
	refusals refusals
	// routes are its API, see api.
	routes sync.Once
	served []route

	// mu guards everything of the members and clusters.
	mu    sync.Mutex
	saved saved
	// ageing is how far Advance has moved the time that operations and tokens see.
	ageing time.Duration

	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup
}

// MemberInfo says how to reach a member.
type MemberInfo struct {
	Name string
	// Address is the loopback host:port of its HTTPS listener. It answers once core.https_address is set.
	Address string
	// SSHHost and SSHPort are where its SSH server listens, IdentityFile and KnownHosts what a client needs there.
	SSHHost                  string
	SSHPort                  int
	IdentityFile, KnownHosts string
	// Socket is the daemon's unix socket as seen over SSH.
	Socket string
	// Up reports whether the daemon runs.
	Up bool
}

// socket is where a member pretends to have its socket, as Debian's package does.
func (w *World) socket() string { return w.server.Folder + "/unix.socket" }

// Server is what the members are.
func (w *World) Server() schema.Flavour { return w.server.Flavour }

// Servers are those that a sandbox can be, the usual one first.
func Servers() []schema.Flavour {
	return schema.Map(layout.Servers(), func(s layout.Server) schema.Flavour { return s.Flavour })
}

// ErrInUse is in the error of Start when another process has the folder's world.
var ErrInUse = errors.New("another command is using it")

// ErrServer is in the error of Start when the servers cannot be what is asked for.
var ErrServer = errors.New("the sandbox cannot be that server")

// ErrForeign is in the error of Start when the folder is not a world's: it has no readable world.json.
var ErrForeign = errors.New("has files in it that are no sandbox's")

// Start starts a world, or the one that was closed in cfg.Dir. Close ends it. All files are below cfg.Dir.
func Start(ctx context.Context, cfg Config) (*World, error) {
	if _, known := layout.Like(cfg.Server); !known {
		return nil, fmt.Errorf("starting the sandbox: %w: it does not play %s", ErrServer, cfg.Server.Title())
	}
	w := &World{dir: cfg.Dir, faults: &faults{}}
	if w.dir == "" {
		dir, err := os.MkdirTemp("", "sandbox-")
		if err != nil {
			return nil, fmt.Errorf("starting the sandbox: %w", err)
		}
		w.dir, w.temporary = dir, true
	}
	w.ctx, w.stop = context.WithCancel(context.WithoutCancel(ctx))
	if err := w.start(ctx, cfg); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the sandbox: %w", err), w.Close())
	}
	return w, nil
}

func (w *World) start(ctx context.Context, cfg Config) error {
	if !Exists(w.dir) && !unused(w.dir) {
		return fmt.Errorf("the folder %s %w", w.dir, ErrForeign)
	}
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return err
	}
	var err error
	if w.held, err = lock(w.path("lock")); err != nil {
		return err
	}
	err = w.load(cfg)
	if err == nil && !Exists(w.dir) {
		err = w.save() // the mark that what is made from here on is ours
	}
	if err != nil {
		return err
	}
	identity, err := w.identity()
	if err != nil {
		return err
	}
	if err := w.startMembers(ctx, identity); err != nil {
		return err
	}
	// Time went by since the folder was used last, and the servers that run were not dead meanwhile.
	w.mu.Lock()
	err = w.heartbeat(ctx)
	w.mu.Unlock()
	if err != nil {
		return err
	}
	w.work.Go(w.beat)
	w.started = true
	return errors.Join(w.writeKnownHosts(), w.save())
}

// startMembers makes the members as they were saved, and then connects them: each may need the others for that.
func (w *World) startMembers(ctx context.Context, identity []byte) error {
	for _, s := range w.saved.Members {
		m, err := w.newMember(ctx, s)
		if err != nil {
			return fmt.Errorf("member %s: %w", s.Label, err)
		}
		w.members = append(w.members, m)
	}
	for _, m := range w.members {
		if err := m.attach(ctx); err != nil {
			return fmt.Errorf("member %s: %w", m.Label, err)
		}
		if err := m.listen(identity); err != nil {
			return fmt.Errorf("member %s: %w", m.Label, err)
		}
	}
	return nil
}

// Members returns the members in order.
func (w *World) Members() []MemberInfo {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []MemberInfo
	for _, m := range w.members {
		ssh := m.sshListener.Addr().(*net.TCPAddr)
		out = append(out, MemberInfo{Name: m.Label, Address: m.address(), SSHHost: ssh.IP.String(), SSHPort: ssh.Port,
			IdentityFile: w.path("id_ed25519"), KnownHosts: w.path("known_hosts"), Socket: w.socket(), Up: m.up()})
	}
	return out
}

// Close stops all members and keeps their state in the folder, unless that is temporary.
func (w *World) Close() error {
	w.stop()
	var errs []error
	for _, m := range w.members {
		errs = append(errs, m.stopListening())
	}
	w.work.Wait()
	if w.started {
		errs = append(errs, w.save())
	}
	for _, m := range w.members {
		errs = append(errs, m.close())
	}
	for _, c := range w.clusters() {
		errs = append(errs, c.db.Close())
	}
	if w.held != nil {
		errs = append(errs, w.held.Close())
	}
	if w.temporary && w.dir != "" {
		errs = append(errs, os.RemoveAll(w.dir))
	}
	return errors.Join(errs...)
}

// clusters returns every cluster once; a standalone member is one of its own.
func (w *World) clusters() []*cluster {
	seen := map[*cluster]bool{}
	var out []*cluster
	if w.shared != nil {
		seen[w.shared], out = true, append(out, w.shared)
	}
	for _, m := range w.members {
		if m.cluster != nil && !seen[m.cluster] {
			seen[m.cluster] = true
			out = append(out, m.cluster)
		}
	}
	return out
}

// now is the world's time.
func (w *World) now() time.Time { return time.Now().Add(w.ageing).UTC() }
