//go:build linux

package lab

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// bootScript becomes a machine's init.
//
//go:embed boot.sh
var bootScript []byte

// Install gives the machine an empty disk, so that it is as Base has it, with the host key that it always had, and
// powers it on and waits until the daemon is ready. One that runs is powered off before.
func (m *Member) Install(ctx context.Context) error {
	if err := m.PowerOff(); err != nil {
		return err
	}
	if err := m.newDisk(); err != nil {
		return fmt.Errorf("installing member %d: %w", m.Number, err)
	}
	if err := m.PowerOn(ctx); err != nil {
		return err
	}
	if out, err := m.Admin(ctx, "waitready", "--timeout=60").CombinedOutput(); err != nil {
		return fmt.Errorf("waiting for the daemon of member %d: %w\n%s", m.Number, err, out)
	}
	return nil
}

// PowerOn boots the machine and waits until one can log in.
func (m *Member) PowerOn(ctx context.Context) error {
	if err := m.boot(ctx); err != nil {
		return fmt.Errorf("booting member %d: %w", m.Number, err)
	}
	ctx, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	for !m.greets(ctx) {
		select {
		case <-m.machine.exited:
			return fmt.Errorf("booting member %d: its init has ended\n%s", m.Number, tail(m.file("boot.log")))
		case <-ctx.Done():
			return fmt.Errorf("booting member %d: no SSH server yet: %w\n%s", m.Number, ctx.Err(), tail(m.file("boot.log")))
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// PowerOff ends the machine at once, as a power cut would. Its disk stays as it is.
func (m *Member) PowerOff() error {
	if err := killAll([]string{m.Namespace}); err != nil {
		return err
	}
	if m.machine == nil {
		return nil
	}
	<-m.machine.exited
	m.machine = nil
	if err := removeCgroups([]string{m.cgroup()}); err != nil {
		return err
	}
	// The link goes with its namespace, but some time later.
	if err := ip(context.Background(), "link del "+m.outside()); err != nil && !isGone(err) {
		return err
	}
	return ip(context.Background(), "netns del "+m.Namespace)
}

// newDisk mounts an empty disk, and the root file system that is the base below the disk. The disk is memory: a package
// manager is slow on everything else, and not every file system can be the upper one of an overlay.
func (m *Member) newDisk() error {
	disk, root := m.file("disk"), m.root()
	for _, old := range []string{root, disk} {
		// Not mounted is as good, and a machine that was killed may hold it for a moment.
		if err := syscall.Unmount(old, syscall.MNT_DETACH); err != nil && !errors.Is(err, syscall.EINVAL) &&
			!errors.Is(err, syscall.ENOENT) {
			return err
		}
	}
	for _, folder := range []string{disk, root} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	if err := syscall.Mount("disk", disk, "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("mounting %s: %w", disk, err)
	}
	upper, work := filepath.Join(disk, "upper"), filepath.Join(disk, "work")
	for _, folder := range []string{upper, work} {
		if err := os.Mkdir(folder, 0o755); err != nil {
			return err
		}
	}
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", m.lab.Base, upper, work)
	if err := syscall.Mount("root", root, "overlay", 0, options); err != nil {
		return fmt.Errorf("mounting %s: %w", root, err)
	}
	return m.personalise()
}

// personalise writes what only this machine has.
func (m *Member) personalise() error {
	hostKey, err := os.ReadFile(m.file("hostkey"))
	if err != nil {
		return err
	}
	authorized, err := os.ReadFile(filepath.Join(m.lab.Folder, "authorized_keys"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(m.root(), "root/.ssh"), 0o700); err != nil {
		return err
	}
	name := "node" + strconv.Itoa(m.Number)
	return errors.Join(
		os.WriteFile(filepath.Join(m.root(), "etc/hostname"), []byte(name+"\n"), 0o644),
		os.WriteFile(filepath.Join(m.root(), "etc/hosts"), []byte("127.0.0.1 localhost\n127.0.1.1 "+name+"\n"), 0o644),
		os.WriteFile(filepath.Join(m.root(), "etc/ssh/ssh_host_ed25519_key"), hostKey, 0o600),
		os.WriteFile(filepath.Join(m.root(), "root/.ssh/authorized_keys"), authorized, 0o600))
}

func (m *Member) boot(ctx context.Context) error {
	if err := m.makeNamespace(ctx); err != nil {
		return err
	}
	if err := os.Mkdir(m.cgroup(), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(m.file("boot.sh"), bootScript, 0o644); err != nil {
		return err
	}
	var err error
	m.machine, err = m.start(ctx, "boot.log", "sh", m.file("boot.sh"), m.root(), m.cgroup())
	return err
}

// greets reports that the machine's SSH server answers.
func (m *Member) greets(ctx context.Context) bool {
	dialer := net.Dialer{Timeout: time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(m.Address, "22"))
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()                       // only looked
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second)) // it fails only on a connection that the read fails on too
	greeting := make([]byte, 4)
	_, err = io.ReadFull(conn, greeting)
	return err == nil && bytes.Equal(greeting, []byte("SSH-"))
}

// enter prepares a command on the machine, with nothing of this machine's environment. The machine must run.
func (m *Member) enter(ctx context.Context, name string, args ...string) *exec.Cmd {
	init := 0
	for _, pid := range pids() {
		if ppid, alive := parent(pid); alive && m.machine != nil && ppid == m.machine.cmd.Process.Pid {
			init = pid
		}
	}
	return exec.CommandContext(ctx, "nsenter", append([]string{"--all", "--target", strconv.Itoa(init), "--wdns=/",
		"env", "-i", "HOME=/root", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", name}, args...)...)
}

// root is where this machine sees the root file system of the member, without what is mounted in it there.
func (m *Member) root() string { return m.file("root") }
