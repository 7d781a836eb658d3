//go:build e2e

package sshd_test

import (
	"encoding/pem"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"clusterctl/drivers/sandbox/sshd"
)

// TestOpenSSHIsServed uses the system's ssh: a command, its status, and a forwarded address.
func TestOpenSSHIsServed(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("ssh")
	if err != nil {
		t.Fatal(err)
	}
	server := start(t, sshd.Server{DialTCP: listenAfter(t), Exec: commands})
	folder := t.TempDir()
	block, err := ssh.MarshalPrivateKey(server.user, "")
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(server.address)
	known := "[" + host + "]:" + port + " " + string(ssh.MarshalAuthorizedKey(server.host))
	for name, data := range map[string][]byte{"key": pem.EncodeToMemory(block), "known_hosts": []byte(known)} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(stdin string, args ...string) (string, int) {
		cmd := exec.CommandContext(t.Context(), program, append([]string{"-F", "none", "-i", filepath.Join(folder, "key"), "-p", port,
			"-o", "UserKnownHostsFile=" + filepath.Join(folder, "known_hosts"), "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"}, args...)...)
		cmd.Stdin = strings.NewReader(stdin)
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	if out, status := run("through\n", "root@"+host, "cat"); out != "through\n" || status != 0 {
		t.Errorf("cat: got %q and status %d", out, status)
	}
	if out, status := run("", "root@"+host, "lxd", "cluster", "show"); out != "root: no command \"lxd cluster show\"\n" || status != 127 {
		t.Errorf("unknown command: got %q and status %d", out, status)
	}
	if out, status := run("hello", "-W", "m1:8443", "root@"+host); out != "heard hello" || status != 0 {
		t.Errorf("-W: got %q and status %d", out, status)
	}
}
