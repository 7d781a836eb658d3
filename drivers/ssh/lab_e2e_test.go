//go:build e2e && linux

package ssh_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"clusterctl/drivers"
	"clusterctl/drivers/lab"
	"clusterctl/drivers/lab/labtest"
	"clusterctl/drivers/rest"
	"clusterctl/drivers/ssh"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// member is a daemon of the lab with an sshd of its own.
type member struct {
	name, folder string
	config       ssh.Config
}

// TestRealServers has a cluster of two, each with OpenSSH's server beside the daemon.
func TestRealServers(t *testing.T) {
	t.Parallel()
	l := labtest.Start(t, lab.Config{Members: 2})
	labtest.Form(t, l.Members, "")
	var members []member
	for _, m := range l.Members {
		name := fmt.Sprintf("node%d", m.Number)
		members = append(members, member{name, m.StateDir, ssh.Config{Member: name, Home: t.TempDir(), SSH: schema.SSH{
			Host: m.Address, IdentityFile: l.SSHKey(), KnownHosts: l.KnownHosts(), Socket: m.Socket()}}})
	}
	for _, m := range members {
		t.Run(m.name, func(t *testing.T) { daemonIsReached(t, m) })
	}
	t.Run("by sudo", func(t *testing.T) {
		m := members[0]
		m.config.User, m.config.Become = lab.SudoUser, schema.BecomeSudo
		daemonIsReached(t, m)
		manyCalls(t, m)
	})
	t.Run("by sudo with a password", func(t *testing.T) { passwordIsAskedFor(t, members[1]) })
	t.Run("many calls share one connection", func(t *testing.T) { manyCalls(t, members[0]) })
	t.Run("what is wrong is refused", func(t *testing.T) { wrongIsRefused(t, members) })
	t.Run("a jump host", func(t *testing.T) { jumpHost(t, members) })
}

// daemonIsReached asks a daemon over its socket, compares its certificate with the files, and asks it again over TLS.
func daemonIsReached(t *testing.T, m member) {
	c, err := ssh.Dial(t.Context(), m.config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	socket, err := c.Socket(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	api := rest.New(rest.Config{Member: m.name, URL: rest.SocketURL, Dial: rest.SocketDial(c.DialContext, socket)})
	t.Cleanup(api.CloseIdleConnections)
	facts := rest.HostFacts(t.Context(), api, m.name, kinds.Registry())
	if facts.Fault != "" || facts.Flavour.Product == "" || !facts.Clustered {
		t.Errorf("got %+v", facts)
	}
	files, err := c.Files(t.Context(), m.folder)
	if err != nil {
		t.Fatal(err)
	}
	if print, err := rest.Fingerprint(string(files.ClusterCertificate)); print != facts.ClusterFingerprint || err != nil || len(files.ServerKey) == 0 {
		t.Errorf("the files have fingerprint %s (%v), the daemon shows %s", print, err, facts.ClusterFingerprint)
	}
	// The port of the daemon, from the far end, with the member's own identity.
	cert, err := rest.ClientCertificate(files.ServerCertificate, files.ServerKey)
	if err != nil {
		t.Fatal(err)
	}
	https := rest.New(rest.Config{Member: m.name, URL: "https://" + facts.Config["cluster.https_address"], Dial: c.DialContext,
		TLS: rest.PinnedTLS(cert, string(files.ClusterCertificate))})
	t.Cleanup(https.CloseIdleConnections)
	if f := rest.HostFacts(t.Context(), https, m.name, kinds.Registry()); f.Fault != "" || f.Name != facts.Name {
		t.Errorf("over TLS: got %+v", f)
	}
}

// passwordIsAskedFor has a user whom the real sudo asks, and somebody who mistypes once.
func passwordIsAskedFor(t *testing.T, m member) {
	asked := 0
	m.config.User, m.config.Become = lab.AskedUser, schema.BecomeSudo
	m.config.Ring = &ssh.Ring{Ask: func(_ context.Context, _ string, opens func([]byte) error) error {
		if asked++; opens([]byte("two word")) == nil {
			t.Error("sudo takes a wrong password")
		}
		return opens([]byte(lab.AskedPassword))
	}}
	c, err := ssh.Dial(t.Context(), m.config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_, err = c.Socket(t.Context())
	if _, is := errors.AsType[*ssh.PasswordError](err); !is {
		t.Fatalf("got %v, want that a password is required", err)
	}
	if err := ssh.AskPassword(t.Context(), m.config); err != nil {
		t.Fatal(err)
	}
	daemonIsReached(t, m)
	manyCalls(t, m)
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

func manyCalls(t *testing.T, m member) {
	c, err := ssh.Dial(t.Context(), m.config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	api := rest.New(rest.Config{URL: rest.SocketURL, Dial: rest.SocketDial(c.DialContext, m.config.Socket)})
	t.Cleanup(api.CloseIdleConnections)
	var all sync.WaitGroup
	for range 60 {
		all.Go(func() {
			if _, err := api.Do(t.Context(), drivers.Call{Method: "GET", Path: "/1.0/projects"}); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			if _, err := c.Files(t.Context(), m.folder); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func wrongIsRefused(t *testing.T, members []member) {
	fails := func(c ssh.Config, want drivers.Kind) {
		t.Helper()
		client, err := ssh.Dial(t.Context(), c)
		if err == nil {
			_ = client.Close()
		}
		if got := drivers.KindOf(err); got != want {
			t.Errorf("got %s (%v), want %s", got, err, want)
		}
		t.Log(err)
	}
	unknown := members[0].config
	unknown.KnownHosts = filepath.Join(t.TempDir(), "known_hosts")
	fails(unknown, drivers.HostKeyUnknown)

	changed := members[0].config
	lines, err := os.ReadFile(changed.KnownHosts)
	if err != nil {
		t.Fatal(err)
	}
	key := strings.Fields(strings.Split(string(lines), "\n")[1])
	changed.KnownHosts = filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(changed.KnownHosts, []byte(changed.Host+" "+key[1]+" "+key[2]+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fails(changed, drivers.HostKey)

	stranger := members[0].config
	stranger.IdentityFile = filepath.Join(members[0].folder, "..", "hostkey") // a key, of somebody else
	fails(stranger, drivers.Denied)

	first := members[0].config
	first.OwnKnownHosts, first.TrustOnFirstUse = filepath.Join(t.TempDir(), "known_hosts"), true
	c, err := ssh.Dial(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.DialContext(t.Context(), "unix", "/nowhere")
	if !drivers.Is(err, drivers.Unreachable) {
		t.Errorf("got %v", err)
	}
	t.Log(err)
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func jumpHost(t *testing.T, members []member) {
	jump := members[1].config
	jump.Jump = "ssh://root@" + members[0].config.Host
	c, err := ssh.Dial(t.Context(), jump)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Files(t.Context(), members[1].folder); err != nil {
		t.Error(err)
	}
	out, err := c.Run(t.Context(), "looking", "systemctl is-active lxd.service", nil, 100)
	t.Logf("%s %q %d %v", out.Stdout, out.Stderr, out.Exit, err)
	if err != nil {
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
