//go:build linux

package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// Kind is which daemon a lab runs.
type Kind string

// The kinds. Incus comes from Debian's backports.
const (
	LXD   Kind = "lxd"
	Incus Kind = "incus"
)

// Limits of a lab's own waiting. A daemon is ready after about a second on an idle machine.
const (
	readyLimit = 3 * time.Minute // a daemon in a virtual machine of a slow machine takes more than one
	stopLimit  = 20 * time.Second
)

// Config says what lab to start. Empty fields have the defaults that are named with them.
type Config struct {
	Kind Kind // LXD
	// Members is the number of daemons, 1 to 99.
	Members int
	// Links is the number of unused network interfaces in each member, eth1 and up, for bridge.external_interfaces.
	Links int
	// Base is the file system that Base has made. With it each member is a machine with an init of its own, and a daemon
	// that the init starts. Without it members are daemons alone.
	Base string
	// Dir holds the labs' folders: the folder for temporary files, or CLUSTERCTL_LAB_DIR. Keep it short: the path of a
	// unix socket has at most 107 bytes.
	Dir string
	// Prefix begins the names of links and namespaces, at most 6 letters: "lab", or CLUSTERCTL_LAB_PREFIX.
	Prefix string
	// Net is the first half of the addresses: "10.77", or CLUSTERCTL_LAB_NET.
	Net string
}

// Lab is a set of running daemons.
type Lab struct {
	Config
	// Folder is the slot's folder; everything the lab writes is in it.
	Folder string
	// Members are the members in order, the first with number 1.
	Members []*Member

	slot int
	lock *os.File
}

// Start takes a free slot, starts all daemons at once and returns when each is ready. It sweeps first. When it fails
// nothing is left behind. The caller calls Stop.
func Start(ctx context.Context, c Config) (*Lab, error) {
	c = c.withDefaults()
	if os.Geteuid() != 0 {
		return nil, errors.New("starting a lab: it needs root for network namespaces")
	}
	if c.Members < 1 || c.Members > 99 {
		return nil, fmt.Errorf("starting a lab: %d members, want 1 to 99", c.Members)
	}
	l, err := claim(c)
	if err != nil {
		return nil, fmt.Errorf("starting a lab: %w", err)
	}
	if err := l.up(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("starting a lab: %w", err), l.Stop())
	}
	return l, nil
}

// Stop ends all processes of the lab and removes its namespaces, links and folder. It fails when anything is left then.
// It may be called twice.
func (l *Lab) Stop() error {
	guard, err := lock(l.Dir, syscall.LOCK_EX) // else another process has the slot before it was looked at
	if err != nil {
		return fmt.Errorf("removing the lab in %s: %w", l.Folder, err)
	}
	defer func() { _ = guard.Close() }() // nothing was written through it
	return l.stop()
}

// stop is Stop for who has the lock of the folder of all labs.
func (l *Lab) stop() error {
	if err := l.remove(); err != nil {
		return err
	}
	for _, m := range l.Members {
		m.wait()
	}
	left, err := l.Leftovers()
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("removing the lab in %s: left behind: %s", l.Folder, strings.Join(left, ", "))
	}
	_ = l.lock.Close() // a lock has nothing to flush, and is closed by the first of two calls
	return err
}

// Member returns the member with that number, counted from 1.
func (l *Lab) Member(number int) (*Member, error) {
	if number < 1 || number > len(l.Members) {
		return nil, fmt.Errorf("the lab has no member %d", number)
	}
	return l.Members[number-1], nil
}

// SSHKey is the file with the private key that logs in to every member as root.
func (l *Lab) SSHKey() string { return filepath.Join(l.Folder, "id_ed25519") }

// KnownHosts is the file with the members' host keys.
func (l *Lab) KnownHosts() string { return filepath.Join(l.Folder, "known_hosts") }

// Environment describes the lab to a test script: LAB (the folder), SSH_KEY, KNOWN_HOSTS, LXD_CONF or INCUS_CONF,
// DAEMON (the command that is the daemon), DIR_VARIABLE (LXD_DIR or INCUS_DIR), and for each member NODE1_ADDR
// (without port), NODE1_DIR, NODE1_SOCKET, NODE1_CERT, NODE1_NETNS.
func (l *Lab) Environment() []string {
	env := []string{
		"LAB=" + l.Folder, "SSH_KEY=" + l.SSHKey(), "KNOWN_HOSTS=" + l.KnownHosts(), l.clientConf(),
		"DAEMON=" + l.Kind.daemon(), "DIR_VARIABLE=" + l.Kind.dirVariable(),
	}
	for _, m := range l.Members {
		n := "NODE" + strconv.Itoa(m.Number)
		env = append(env, n+"_ADDR="+m.Address, n+"_DIR="+m.StateDir, n+"_SOCKET="+m.Socket(),
			n+"_CERT="+filepath.Join(m.StateDir, "server.crt"), n+"_NETNS="+m.Namespace)
	}
	return env
}

func (l *Lab) up(ctx context.Context) error {
	if err := l.makeBridge(ctx); err != nil {
		return err
	}
	if err := l.writeKeys(); err != nil {
		return err
	}
	if l.Base != "" {
		if err := l.mountCgroups(); err != nil {
			return err
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, m := range l.Members {
		g.Go(func() error {
			if l.Base != "" {
				return m.Install(ctx)
			}
			return m.up(ctx)
		})
	}
	return g.Wait()
}

// clientConf keeps what the client command writes inside the lab.
func (l *Lab) clientConf() string {
	if l.Kind == Incus {
		return "INCUS_CONF=" + filepath.Join(l.Folder, "conf")
	}
	return "LXD_CONF=" + filepath.Join(l.Folder, "conf")
}

func (c Config) withDefaults() Config {
	set := func(value *string, name, fallback string) {
		if *value == "" {
			*value = os.Getenv(name)
		}
		if *value == "" {
			*value = fallback
		}
	}
	set(&c.Dir, "CLUSTERCTL_LAB_DIR", os.TempDir())
	set(&c.Prefix, "CLUSTERCTL_LAB_PREFIX", "lab")
	set(&c.Net, "CLUSTERCTL_LAB_NET", "10.77")
	if c.Kind == "" {
		c.Kind = LXD
	}
	return c
}
