//go:build e2e && linux

package lab

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func machines(t *testing.T, c Config) *Lab {
	t.Helper()
	var err error
	if c.Base, err = Base(t.Context(), LXD); err != nil {
		t.Fatal(err)
	}
	return start(t, c)
}

// on runs a command on a machine and returns what it prints.
func on(ctx context.Context, t *testing.T, m *Member, name string, args ...string) string {
	t.Helper()
	out, err := m.Command(ctx, name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s on machine %d: %v\n%s", name, strings.Join(args, " "), m.Number, err, out)
	}
	return strings.TrimSpace(string(out))
}

// TestMachineIsDebianWithItsUnits starts the daemon as Debian does: by its socket, when somebody asks.
func TestMachineIsDebianWithItsUnits(t *testing.T) {
	t.Parallel()
	l := machines(t, Config{Members: 1})
	m := l.Members[0]
	if got := on(t.Context(), t, m, "systemctl", "is-system-running", "--wait"); got != "running" {
		t.Errorf("the system is %s, want running", got)
	}
	if _, err := m.Client(t.Context(), "query", "/1.0"); err != nil {
		t.Error(err)
	}
	if got := on(t.Context(), t, m, "systemctl", "is-active", "lxd.socket"); got != "active" {
		t.Errorf("lxd.socket is %s, want active", got)
	}
	sshReaches(t, l, m, "/var/lib/lxd/unix.socket")
	on(t.Context(), t, m, "apt-get", "update", "-q")
	if got := on(t.Context(), t, m, "apt-get", "install", "--simulate", "--only-upgrade", "lxd"); !strings.Contains(got, "Inst lxd [") {
		t.Errorf("no newer lxd can be installed:\n%s", got)
	}
	if got := on(t.Context(), t, m, "sh", "-c", "echo 0 2>&1 > /proc/sys/kernel/sysrq || echo kept"); !strings.Contains(got, "kept") {
		t.Errorf("a machine may set what is the whole kernel's: %s", got)
	}
}

// TestDiskSurvivesPowerCutAndNoInstallation has a file on the machine's disk.
func TestDiskSurvivesPowerCutAndNoInstallation(t *testing.T) {
	t.Parallel()
	m := machines(t, Config{Members: 1}).Members[0]
	file := filepath.Join(m.StateDir, "probe")
	on(t.Context(), t, m, "touch", "/var/lib/lxd/probe")
	if err := m.PowerOff(); err != nil {
		t.Fatal(err)
	}
	if m.greets(t.Context()) {
		t.Error("one can log in to a machine without power")
	}
	if err := m.PowerOn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Errorf("after a power cut: %v", err)
	}
	if err := m.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("after an installation: %v, want no such file", err)
	}
}
