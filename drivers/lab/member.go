//go:build linux

package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Member is one daemon with its namespace, or one machine. Its methods are not for use by several goroutines at once.
type Member struct {
	// Number counts from 1.
	Number int
	// Namespace is the name of the network namespace.
	Namespace string
	// Address is the IPv4 address, without port.
	Address string
	// StateDir is what LXD calls LXD_DIR, Incus INCUS_DIR. That of a machine is where this machine sees it.
	StateDir string

	lab     *Lab
	folder  string
	daemon  *process
	sshd    *process
	machine *process
}

// process is a started command; exited is closed when it has been waited for.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{}
}

func (l *Lab) newMember(number int) *Member {
	m := &Member{Number: number, Namespace: l.name("m") + strconv.Itoa(number),
		Address: fmt.Sprintf("%s.%d.%d", l.Net, l.slot, 10+number), lab: l,
		folder: filepath.Join(l.Folder, "n"+strconv.Itoa(number))}
	m.StateDir = m.file("dir")
	if l.Base != "" {
		m.StateDir = filepath.Join(m.root(), l.Kind.stateDir())
	}
	return m
}

// Socket is the path of the daemon's unix socket.
func (m *Member) Socket() string { return filepath.Join(m.StateDir, "unix.socket") }

// StartDaemon starts the daemon and waits until it is ready. It fails, with the last lines of its log, when the daemon
// exits or is not ready after a minute, and on a machine, where that is systemctl's.
func (m *Member) StartDaemon(ctx context.Context) error {
	if m.lab.Base != "" {
		return fmt.Errorf("starting the daemon of member %d: it is a machine, whose init starts it", m.Number)
	}
	started, err := m.start(ctx, "daemon.out", m.lab.Kind.daemon(), "--group", "root", "--logfile", m.file("daemon.log"))
	if err != nil {
		return fmt.Errorf("starting the daemon of member %d: %w", m.Number, err)
	}
	m.daemon = started
	ctx, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	go func() { // a daemon that exits will never be ready
		select {
		case <-started.exited:
			cancel()
		case <-ctx.Done():
		}
	}()
	ready := exec.CommandContext(ctx, m.lab.Kind.daemon(), "waitready")
	ready.Env = m.environment()
	if out, err := ready.CombinedOutput(); err != nil {
		return fmt.Errorf("waiting for the daemon of member %d: %w\n%s%s", m.Number, err, out, tail(m.file("daemon.out")))
	}
	return nil
}

// StopDaemon ends the daemon with SIGTERM: it hands over its database role first. What it started, such as dnsmasq and
// instances, goes on.
func (m *Member) StopDaemon() error { return m.end(syscall.SIGTERM) }

// KillDaemon ends the daemon with SIGKILL, as a crash would.
func (m *Member) KillDaemon() error { return m.end(syscall.SIGKILL) }

// Command prepares a command in the member's network namespace, with the environment that the client needs, or one on
// the machine.
func (m *Member) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	if m.lab.Base != "" {
		return m.enter(ctx, name, args...)
	}
	return m.inNamespace(ctx, name, args...)
}

func (m *Member) inNamespace(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "ip", append([]string{"netns", "exec", m.Namespace, name}, args...)...)
	cmd.Env = m.environment()
	return cmd
}

// Admin prepares a command about the daemon itself, in the member's network namespace: `lxd` or `incus admin` with the
// arguments.
func (m *Member) Admin(ctx context.Context, args ...string) *exec.Cmd {
	if m.lab.Kind == Incus {
		return m.Command(ctx, "incus", append([]string{"admin"}, args...)...)
	}
	return m.Command(ctx, "lxd", args...)
}

// Client runs the daemon's command-line client (lxc or incus) against this member and returns what it prints to
// standard output; the error has what it complains about.
func (m *Member) Client(ctx context.Context, args ...string) (string, error) {
	client := m.lab.Kind.client()
	cmd := exec.CommandContext(ctx, client, args...)
	cmd.Env = m.environment()
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return string(out), fmt.Errorf("running %s %s on member %d: %w: %s",
			client, strings.Join(args, " "), m.Number, err, complaint.Bytes())
	}
	return string(out), nil
}

func (m *Member) up(ctx context.Context) error {
	if err := os.MkdirAll(m.StateDir, 0o711); err != nil {
		return err
	}
	if err := m.makeNamespace(ctx); err != nil {
		return err
	}
	if err := m.startSSH(ctx); err != nil {
		return err
	}
	return m.StartDaemon(ctx)
}

// start runs a long-lived command in the namespace, in a session of its own so that a terminal's Ctrl-C reaches only
// the tests, which then clean up.
func (m *Member) start(ctx context.Context, output, name string, args ...string) (*process, error) {
	out, err := os.OpenFile(m.file(output), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }() // the child has it
	cmd := m.inNamespace(context.WithoutCancel(ctx), name, args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, exited: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended is in its log
		close(p.exited)
	}()
	return p, nil
}

func (m *Member) end(signal syscall.Signal) error {
	if m.daemon == nil {
		return fmt.Errorf("the daemon of member %d was never started", m.Number)
	}
	if err := m.daemon.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stopping the daemon of member %d: %w", m.Number, err)
	}
	select {
	case <-m.daemon.exited:
		return nil
	case <-time.After(stopLimit):
		return fmt.Errorf("stopping the daemon of member %d: still there after %s", m.Number, stopLimit)
	}
}

// wait returns when the member's processes have been waited for; they have been killed.
func (m *Member) wait() {
	for _, p := range []*process{m.daemon, m.sshd, m.machine} {
		if p != nil {
			<-p.exited
		}
	}
}

func (m *Member) environment() []string {
	return append(os.Environ(), m.lab.Kind.dirVariable()+"="+m.StateDir, m.lab.clientConf())
}

// file is the path of one of the lab's own files about the member.
func (m *Member) file(name string) string { return filepath.Join(m.folder, name) }

// daemon is the command that is the daemon; Debian keeps that of Incus out of PATH.
func (k Kind) daemon() string {
	if k == Incus {
		return "/usr/libexec/incus/incusd"
	}
	return "lxd"
}

// dirVariable is what tells the daemon and its commands where the state folder is.
func (k Kind) dirVariable() string {
	if k == Incus {
		return "INCUS_DIR"
	}
	return "LXD_DIR"
}

// stateDir is where Debian's package of the daemon has its state.
func (k Kind) stateDir() string { return "/var/lib/" + string(k) }

func (k Kind) client() string {
	if k == Incus {
		return "incus"
	}
	return "lxc"
}

// LastWords is the end of what the daemon logged: on a machine of what its journal has of it.
func (m *Member) LastWords(ctx context.Context) string {
	if m.lab.Base == "" {
		return tail(m.file("daemon.log"))
	}
	out, err := m.Command(ctx, "journalctl", "--quiet", "--no-pager", "--output=short-precise", "--lines=40",
		"--unit="+string(m.lab.Kind)).CombinedOutput()
	if err != nil {
		return fmt.Sprintf("%s%v", out, err)
	}
	return string(out)
}

// tail is the end of a log, for an error message.
func tail(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-2000):])
}
