package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// Dir returns the folder of the world's files.
func (w *World) Dir() string { return w.dir }

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

func (w *World) path(names ...string) string {
	return filepath.Join(append([]string{w.dir}, names...)...)
}

// now is the world's time.
func (w *World) now() time.Time { return time.Now().Add(w.ageing).UTC() }

// Discard removes the files of a closed world, and the folder if nothing else is in it. A folder that holds no world is
// left alone and is an error of kind fs.ErrNotExist.
func Discard(dir string) error {
	if !Exists(dir) {
		return fmt.Errorf("there is no sandbox in %s: %w", dir, fs.ErrNotExist)
	}
	held, err := lock(filepath.Join(dir, "lock"))
	if err != nil {
		return fmt.Errorf("removing the sandbox in %s: %w", dir, err)
	}
	errs := []error{held.Close(), os.RemoveAll(filepath.Join(dir, "members"))}
	for _, name := range ownFiles {
		files, err := filepath.Glob(filepath.Join(globbed.Replace(dir), name))
		errs = append(errs, err)
		for _, file := range files {
			errs = append(errs, os.Remove(file))
		}
	}
	if left, err := os.ReadDir(dir); err == nil && len(left) == 0 {
		errs = append(errs, os.Remove(dir))
	}
	return errors.Join(errs...)
}

// markNew is a mark that is not written to its end.
const markNew = "world.json.new"

// ownFiles are the names of what a world keeps in its folder beside the members' folders, the mark last.
var (
	ownFiles = []string{"db[0-9]*.db", "db[0-9]*.db-shm", "db[0-9]*.db-wal", "id_ed25519", "id_ed25519.pub",
		"known_hosts", "lock", markNew, "world.json"}
	globbed = strings.NewReplacer("*", "\\*", "?", "\\?", "[", "\\[", "\\", "\\\\")
)

// Exists reports whether the folder holds a world.
func Exists(dir string) bool {
	raw, err := os.ReadFile(filepath.Join(dir, "world.json"))
	var mark saved
	return err == nil && json.Unmarshal(raw, &mark) == nil && mark.Version > 0 && len(mark.Members) > 0
}

// unused reports that the folder has nothing but what a start leaves that did not get as far as its mark.
func unused(dir string) bool {
	entries, _ := os.ReadDir(dir)
	return !slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() != "lock" && e.Name() != markNew })
}

// identity makes the key with which clients come over SSH, and returns the line for authorized_keys.
func (w *World) identity() ([]byte, error) {
	key, err := sshKey(w.path("id_ed25519"))
	if err != nil {
		return nil, err
	}
	return publicKey(key)
}

// writeKnownHosts writes the host keys of all SSH servers in the format of known_hosts.
func (w *World) writeKnownHosts() error {
	var text strings.Builder
	for _, m := range w.members {
		key, err := sshKey(w.path("members", m.Label, "ssh_host_key"))
		if err != nil {
			return err
		}
		public, err := publicKey(key)
		if err != nil {
			return err
		}
		fmt.Fprintf(&text, "[127.0.0.1]:%d %s", port(m.sshListener), public)
	}
	return os.WriteFile(w.path("known_hosts"), []byte(text.String()), 0o600)
}
