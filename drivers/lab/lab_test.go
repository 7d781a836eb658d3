//go:build e2e && linux

package lab

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// TestMain is also the other process of TestSweepTakesDeadLabOnly.
func TestMain(m *testing.M) {
	if os.Getenv("LAB_HELPER") != "" {
		ownUntilKilled()
		return
	}
	os.Exit(m.Run())
}

func ownUntilKilled() {
	c := sweepConfig()
	c.Base = os.Getenv("LAB_HELPER_BASE")
	l, err := Start(context.Background(), c)
	if err != nil {
		fmt.Print(err)
		return
	}
	fmt.Print(l.slot)
	<-time.After(time.Minute) // it is killed long before
}

// sweepConfig has a prefix of its own: the test knows which slots are taken.
func sweepConfig() Config { return Config{Members: 1, Prefix: "swp", Net: "10.78"} }

func start(t *testing.T, c Config) *Lab {
	t.Helper()
	l, err := Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Stop(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func assertNothingLeft(t *testing.T, l *Lab) {
	t.Helper()
	left, err := l.Leftovers()
	if err != nil {
		t.Fatal(err)
	}
	if len(left) > 0 {
		t.Errorf("left behind:\n%s", strings.Join(left, "\n"))
	}
}

func TestMembersAnswerAndAreApart(t *testing.T) {
	t.Parallel()
	l := start(t, Config{Members: 2, Links: 1})
	for _, m := range l.Members {
		if out, err := m.Client(t.Context(), "query", "/1.0"); err != nil || !strings.Contains(out, `"auth": "trusted"`) {
			t.Errorf("GET /1.0 of member %d: %v: %s", m.Number, err, out)
		}
		out, err := m.Command(t.Context(), "ip", "route", "show", "default").CombinedOutput()
		if err != nil || len(out) > 0 {
			t.Errorf("default route of member %d: %q, %v, want none", m.Number, out, err)
		}
		if out, err := m.Command(t.Context(), "ip", "link", "show", "eth1").CombinedOutput(); err != nil {
			t.Errorf("spare link of member %d: %v: %s", m.Number, err, out)
		}
		sshReaches(t, l, m, m.Socket())
	}
}

// sshReaches logs in with the lab's key, checks the host key, and opens the daemon's socket through the connection.
func sshReaches(t *testing.T, l *Lab, m *Member, socket string) {
	t.Helper()
	pem, err := os.ReadFile(l.SSHKey())
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.ParsePrivateKey(pem)
	if err != nil {
		t.Fatal(err)
	}
	check, err := knownhosts.New(l.KnownHosts())
	if err != nil {
		t.Fatal(err)
	}
	client, err := ssh.Dial("tcp", net.JoinHostPort(m.Address, "22"),
		&ssh.ClientConfig{User: "root", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: check})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }() // only looked
	conn, err := client.Dial("unix", socket)
	if err != nil {
		t.Fatalf("opening the socket of member %d over SSH: %v", m.Number, err)
	}
	_ = conn.Close() // only looked
}

func TestDaemonComesBackAfterKillAndStop(t *testing.T) {
	t.Parallel()
	m := start(t, Config{Members: 1}).Members[0]
	for name, end := range map[string]func() error{"kill": m.KillDaemon, "stop": m.StopDaemon} {
		if err := end(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := net.Dial("unix", m.Socket()); err == nil {
			t.Errorf("after %s the socket still answers", name)
		}
		if err := m.StartDaemon(t.Context()); err != nil {
			t.Fatalf("start after %s: %v", name, err)
		}
	}
}

// TestStopTakesPoolsAndNetworks has what survives a daemon: a dnsmasq, a loop device with a mounted file system.
func TestStopTakesPoolsAndNetworks(t *testing.T) {
	t.Parallel()
	l := start(t, Config{Members: 1})
	for _, args := range [][]string{
		{"network", "create", "br0", "ipv4.address=10.1.2.1/24", "ipv6.address=none"},
		{"storage", "create", "loop", "btrfs", "size=200MiB"},
	} {
		if _, err := l.Members[0].Client(t.Context(), args...); err != nil {
			t.Fatal(err)
		}
	}
	left, err := l.Leftovers()
	if err != nil || !slices.ContainsFunc(left, func(s string) bool { return strings.HasPrefix(s, "loop device ") }) {
		t.Errorf("a running lab's leftovers lack its loop device: %v, %v", left, err)
	}
}

// TestSweepTakesDeadLabOnly kills the owner of a lab, as a timeout or an impatient person would.
func TestSweepTakesDeadLabOnly(t *testing.T) {
	t.Parallel()
	c := sweepConfig()
	alive := start(t, c)
	sweepsDead(t, c)
	var err error
	if c.Base, err = Base(t.Context(), LXD); err != nil {
		t.Fatal(err)
	}
	sweepsDead(t, c)
	if _, err := alive.Members[0].Client(t.Context(), "query", "/1.0"); err != nil {
		t.Errorf("the sweep hit a lab whose owner lives: %v", err)
	}
}

// sweepsDead has another process start a lab, kills it, and sweeps that lab and no other.
func sweepsDead(t *testing.T, c Config) {
	t.Helper()
	owner := exec.Command(os.Args[0], "-test.run=^$")
	owner.Env = append(os.Environ(), "LAB_HELPER=1", "LAB_HELPER_BASE="+c.Base)
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 200)
	n, err := out.Read(said)
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait() // it was killed

	slot, err := strconv.Atoi(string(said[:n]))
	if err != nil {
		t.Fatalf("the helper says %q, want the number of its slot", said[:n])
	}
	dead := newLab(c.withDefaults(), slot, nil)
	if left, err := dead.Leftovers(); err != nil || len(left) < 4 {
		t.Fatalf("the killed owner left %v, %v, want its daemon, namespace, link and folder", left, err)
	}
	if swept, err := Sweep(c); err != nil || !slices.Equal(swept, []string{dead.Folder}) {
		t.Fatalf("swept %v, %v, want %s", swept, err, dead.Folder)
	}
	assertNothingLeft(t, dead)
}
