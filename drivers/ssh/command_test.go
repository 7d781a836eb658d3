package ssh

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"clusterctl/drivers"
)

const crt, key = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "-----BEGIN EC PRIVATE KEY-----\nBBBB\n-----END EC PRIVATE KEY-----\n"

// shell runs command lines in the shell of this machine.
func shell(line string) (string, uint32) {
	command := exec.Command("sh", "-c", line)
	out, _ := command.CombinedOutput() // an exit status is no error
	return string(out), uint32(command.ProcessState.ExitCode())
}

func TestFiles(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.set(func(b *behaviour) { b.command = shell })
	config := s.config()
	config.Home = home(t, s)
	c := dial(t, config)
	folder := filepath.Join(t.TempDir(), "it's $(a) folder")
	write(t, filepath.Join(folder, "server.crt"), strings.TrimSpace(crt)) // without a line end
	write(t, filepath.Join(folder, "server.key"), key)
	f, err := c.Files(t.Context(), folder)
	if err != nil || string(f.ServerCertificate) != crt || string(f.ServerKey) != key || f.ClusterCertificate != nil {
		t.Errorf("standalone: got %q, %v", f, err)
	}
	cluster := strings.ReplaceAll(crt, "AAAA", "CCCC")
	write(t, filepath.Join(folder, "cluster.crt"), strings.TrimSpace(cluster)+" ") // as LXD 5.0.2 writes it on a joiner
	f, err = c.Files(t.Context(), folder)
	if err != nil || string(f.ServerCertificate) != crt || string(f.ClusterCertificate) != cluster {
		t.Errorf("clustered: got %q, %v", f, err)
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if _, err = c.Files(t.Context(), folder); !drivers.Is(err, drivers.NotFound) {
		t.Errorf("missing: got %v", err)
	}
	s.set(func(b *behaviour) {
		b.command = func(string) (string, uint32) { return "cat: server.key: Permission denied", 1 }
	})
	_, err = c.Files(t.Context(), "/var/lib/lxd")
	if !drivers.Is(err, drivers.Denied) {
		t.Errorf("got %v", err)
	}
	contains(t, err.Error(), "m2: reading the daemon's files in /var/lib/lxd on 127.0.0.1 as ops: cat: server.key: Permission denied")
}

func TestFoldersAreAbsolutePaths(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.set(func(b *behaviour) { b.command = shell })
	config := s.config()
	config.Home = home(t, s)
	c := dial(t, config)
	for _, folder := range []string{"var/lib/lxd", "/var/lib\nreboot", ""} {
		if _, err := c.Files(t.Context(), folder); !drivers.Is(err, drivers.Invalid) {
			t.Errorf("%q: got %v", folder, err)
		}
	}
}

func TestSessionsAreLimited(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.set(func(b *behaviour) { b.command = func(string) (string, uint32) { return "active\n", 0 } })
	config := s.config()
	config.Home = home(t, s)
	c := dial(t, config)
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			out, err := c.Run(t.Context(), "looking", "systemctl is-active lxd.service", nil, 100)
			if err != nil || out.Stdout != "active\n" || out.Exit != 0 {
				t.Errorf("got %v, %v", out, err)
			}
		})
	}
	all.Wait()
	if _, n := s.counts(); n > maxSessions {
		t.Errorf("got %d sessions at a time, want at most %d", n, maxSessions)
	}
}

func TestFloodsAreGivenUp(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.set(func(b *behaviour) {
		b.command = func(string) (string, uint32) { return strings.Repeat("x", 101), 0 }
	})
	config := s.config()
	config.Home = home(t, s)
	out, err := dial(t, config).Run(t.Context(), "looking", "yes", nil, 100)
	if err == nil || !strings.Contains(err.Error(), "it prints without end") || len(out.Stdout) > 0 {
		t.Errorf("got %d bytes and %v", len(out.Stdout), err)
	}
}
