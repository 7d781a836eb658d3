package ssh

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"clusterctl/drivers"
	"clusterctl/schema"
)

func dial(t *testing.T, c Config) *Client {
	t.Helper()
	client, err := Dial(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// refused returns the error of a Dial that has to fail with that kind.
func refused(t *testing.T, c Config, want drivers.Kind) string {
	t.Helper()
	client, err := Dial(t.Context(), c)
	if err == nil {
		_ = client.Close()
		t.Fatal("the connection was accepted")
	}
	if got := drivers.KindOf(err); got != want {
		t.Errorf("got %s, want %s: %v", got, want, err)
	}
	return err.Error()
}

// echo serves a socket that gives back what it gets.
func echo(t *testing.T, network, address string) net.Listener {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c); _ = c.Close() }()
		}
	}()
	return l
}

func TestConnectionsThroughTheServer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	config := s.config()
	config.Home = home(t, s)
	c := dial(t, config)
	socket := filepath.Join(t.TempDir(), "unix.socket")
	echo(t, "unix", socket)
	port := echo(t, "tcp", "127.0.0.1:0").Addr().String()
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			network, address := "unix", socket
			if i%2 == 1 {
				network, address = "tcp", port
			}
			conn, err := c.DialContext(t.Context(), network, address)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = conn.Close() }()
			text := fmt.Sprintf("hello %02d", i)
			_, _ = io.WriteString(conn, text)
			got := make([]byte, len(text))
			if _, err := io.ReadFull(conn, got); err != nil || string(got) != text {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	all.Wait()
	if n, _ := s.counts(); n != 1 {
		t.Errorf("got %d connections, want 1", n)
	}
}

func TestRefusedChannelsSayWhatToLookAt(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	config := s.config()
	config.Home = home(t, s)
	c := dial(t, config)
	_, err := c.DialContext(t.Context(), "unix", "/nowhere/unix.socket")
	if !drivers.Is(err, drivers.Unreachable) {
		t.Errorf("got %v", err)
	}
	contains(t, err.Error(), "m2: opening /nowhere/unix.socket on 127.0.0.1: nothing answers there, or ops may not use it")
	s.set(func(b *behaviour) { b.refuse = ssh.Prohibited })
	_, err = c.DialContext(t.Context(), "unix", "/nowhere/unix.socket")
	if !drivers.Is(err, drivers.Denied) {
		t.Errorf("got %v", err)
	}
	contains(t, err.Error(), "AllowStreamLocalForwarding")
}

func TestSocketIsLookedFor(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	config := s.config()
	config.Home, config.Socket = home(t, s), "/given.socket"
	if got, err := dial(t, config).Socket(t.Context()); got != "/given.socket" || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	config.Socket = ""
	c := dial(t, config)
	s.set(func(b *behaviour) { b.refuse = ssh.ConnectionFailed })
	_, err := c.Socket(t.Context())
	if !drivers.Is(err, drivers.Unreachable) {
		t.Errorf("got %v", err)
	}
	contains(t, err.Error(), "/var/lib/lxd/unix.socket", "/run/incus/unix.socket",
		"may ops use it (group lxd or incus-admin)")
}

func TestBrokenConnectionFailsInsteadOfHanging(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.set(func(b *behaviour) { b.command = func(string) (string, uint32) { s.drop(); return "", 0 } })
	config := s.config()
	config.Home = home(t, s)
	c := dial(t, config)
	if _, err := c.Run(t.Context(), "looking", "systemctl is-active lxd.service", nil, 100); !drivers.Is(err,
		drivers.Unreachable) {
		t.Errorf("got %v", err)
	}
	<-c.Done()
	if _, err := c.DialContext(t.Context(), "unix", "/x"); !drivers.Is(err, drivers.Unreachable) {
		t.Errorf("got %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestMuteServerIsGivenUp(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var beats atomic.Int32
	s.set(func(b *behaviour) { b.beat = func() bool { return beats.Add(1) < 3 } })
	config := s.config()
	config.Home, config.keepAlive = home(t, s), 200*time.Millisecond
	c := dial(t, config)
	select {
	case <-c.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("the connection to a mute server is kept")
	}
	if n := beats.Load(); n != 3 {
		t.Errorf("the connection ended after %d signs of life were asked for, want 3", n)
	}
}

func TestContextEndsEverything(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	defer close(release)
	s.set(func(b *behaviour) { b.command = func(string) (string, uint32) { cancel(); <-release; return "", 0 } })
	config := s.config()
	config.Home = home(t, s)
	c := dial(t, config)
	if _, err := c.Run(ctx, "looking", "systemctl is-active lxd.service", nil, 100); !drivers.Is(err, drivers.Timeout) {
		t.Errorf("got %v", err)
	}
	if _, err := c.DialContext(ctx, "unix", "/x"); !drivers.Is(err, drivers.Timeout) {
		t.Errorf("got %v", err)
	}
	if _, err := Dial(ctx, config); !drivers.Is(err, drivers.Timeout) {
		t.Errorf("got %v", err)
	}
}

func TestSilentServerIsGivenUp(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts into its backlog and never says a word
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s := &server{port: l.Addr().(*net.TCPAddr).Port}
	s.key, _ = newKey(t)
	config := s.config()
	config.Home, config.Timeout = home(t, s), 50*time.Millisecond
	text := refused(t, config, drivers.Unreachable)
	contains(t, text, fmt.Sprintf("m2: connecting over ssh to ops@127.0.0.1:%d: no answer within 50ms", s.port))
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{port: l.Addr().(*net.TCPAddr).Port}
	_ = l.Close() // from here on the port refuses
	s.key, _ = newKey(t)
	config := s.config()
	config.Home = home(t, s)
	contains(t, refused(t, config, drivers.Unreachable), fmt.Sprintf("127.0.0.1:%d", s.port), "refused")
}

func TestRefusedKeysAreListed(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	config := s.config()
	config.Home = home(t, s)
	tried := ssh.FingerprintSHA256(s.accepted)
	other, _ := newKey(t)
	s.set(func(b *behaviour) { b.accepted = other.PublicKey() })
	contains(t, refused(t, config, drivers.Denied), "the server does not let ops in", "ssh-ed25519 "+tried, "id_ed25519",
		"authorized_keys")
	config.IdentityFile = "~/.ssh/none"
	contains(t, refused(t, config, drivers.Denied), "reading the identity file", config.Home+"/.ssh/none")
	config.IdentityFile, config.Home = "", t.TempDir()
	config.KnownHosts = filepath.Join(config.Home, "known")
	write(t, config.KnownHosts, knownLine("127.0.0.1", s.port, s.key.PublicKey()))
	contains(t, refused(t, config, drivers.Denied), "(there was no key to offer); name an identity_file, or start an agent")
	config.AgentSocket = filepath.Join(config.Home, "none")
	locked(t, filepath.Join(config.Home, ".ssh", "id_rsa"))
	contains(t, refused(t, config, drivers.Denied), "not used: the agent does not answer: ",
		"id_rsa is encrypted and not held by an SSH agent")
}

// locked writes an encrypted identity file and returns the key.
func locked(t *testing.T, path string) (any, ssh.Signer) {
	t.Helper()
	signer, private := newKey(t)
	block, err := ssh.MarshalPrivateKeyWithPassphrase(private, "test", []byte("phrase"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, string(pem.EncodeToMemory(block)))
	return &private, signer
}

func TestEncryptedIdentityNeedsTheAgent(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	config := s.config()
	config.Home, config.IdentityFile = home(t, s), "~/.ssh/locked"
	private, signer := locked(t, filepath.Join(config.Home, ".ssh", "locked"))
	s.set(func(b *behaviour) { b.accepted = signer.PublicKey() })
	contains(t, refused(t, config, drivers.Denied), "is encrypted and not held by an SSH agent",
		"ssh-add "+config.Home+"/.ssh/locked")

	keys := agent.NewKeyring()
	if err := keys.Add(agent.AddedKey{PrivateKey: private}); err != nil {
		t.Fatal(err)
	}
	folder, err := os.MkdirTemp("", "agent") // t.TempDir may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	config.AgentSocket = filepath.Join(folder, "s")
	l, err := net.Listen("unix", config.AgentSocket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(keys, c); _ = c.Close() }()
		}
	}()
	dial(t, config)
	config.IdentityFile = ""
	dial(t, config) // the agent's key alone will do
}

// TestPassphraseIsAskedForOnce opens a key for two connections, and takes no for an answer.
func TestPassphraseIsAskedForOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	config := s.config()
	config.Home, config.IdentityFile = home(t, s), "~/.ssh/locked"
	_, signer := locked(t, filepath.Join(config.Home, ".ssh", "locked"))
	s.set(func(b *behaviour) { b.accepted = signer.PublicKey() })
	asked := 0
	config.Ring = &Ring{Ask: func(_ context.Context, what string, opens func([]byte) error) error {
		asked++
		if err := opens([]byte("wrong")); err == nil || what != "passphrase of "+config.Home+"/.ssh/locked" {
			t.Errorf("%s opens with a wrong passphrase", what)
		}
		return opens([]byte("phrase"))
	}}
	Unlock(t.Context(), config)
	dial(t, config)
	dial(t, config)
	config.Ring.Ask = func(context.Context, string, func([]byte) error) error { return errors.New("nobody knows it") }
	config.IdentityFile = "~/.ssh/other"
	locked(t, filepath.Join(config.Home, ".ssh", "other"))
	contains(t, refused(t, config, drivers.Denied), "other stays encrypted: nobody knows it")
	if asked != 1 {
		t.Errorf("it was asked for %d times", asked)
	}
}

func TestHostKeyUnknown(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	config := s.config()
	config.Home = home(t, s)
	config.KnownHosts = filepath.Join(config.Home, "other", "known")
	text := refused(t, config, drivers.HostKeyUnknown)
	contains(t, text, "is not known: no line for it in "+config.KnownHosts, ssh.FingerprintSHA256(s.key.PublicKey()),
		"add this line to "+config.KnownHosts+": "+strings.TrimSpace(knownLine("127.0.0.1", s.port, s.key.PublicKey())))
	if _, err := os.Stat(config.KnownHosts); err == nil {
		t.Error("the file was made though nobody asked for it")
	}
}

func TestHostKeyIsTrustedOnFirstUseWhenAskedFor(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	config := s.config()
	config.Home = home(t, s)
	config.OwnKnownHosts, config.TrustOnFirstUse = filepath.Join(config.Home, "other", "known"), true
	dial(t, config)
	config.TrustOnFirstUse = false
	dial(t, config)
	text, err := os.ReadFile(config.OwnKnownHosts)
	if want := knownLine("127.0.0.1", s.port, s.key.PublicKey()); err != nil || string(text) != want {
		t.Errorf("got %q, %v, want %q", text, err, want)
	}
	// A changed key is not a first use.
	key, _ := newKey(t)
	s.set(func(b *behaviour) { b.key = key })
	config.TrustOnFirstUse = true
	refused(t, config, drivers.HostKey)
}

func TestHostKeyIsAddedOnALineOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	config := s.config()
	config.Home, config.TrustOnFirstUse = home(t, s), true
	config.OwnKnownHosts = filepath.Join(config.Home, "known")
	other, _ := newKey(t)
	first := strings.TrimSuffix(knownLine("127.0.0.9", 22, other.PublicKey()), "\n")
	write(t, config.OwnKnownHosts, first)
	dial(t, config)
	text, err := os.ReadFile(config.OwnKnownHosts)
	if want := first + "\n" + knownLine("127.0.0.1", s.port, s.key.PublicKey()); err != nil || string(text) != want {
		t.Errorf("got %q, %v, want %q", text, err, want)
	}
}

func TestHostKeyChangedOrRevoked(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	config := s.config()
	config.Home = home(t, s)
	config.KnownHosts = filepath.Join(config.Home, "known")
	old, _ := newKey(t)
	write(t, config.KnownHosts, "# comment\n"+knownLine("127.0.0.1", s.port, old.PublicKey()))
	contains(t, refused(t, config, drivers.HostKey), "has changed",
		config.KnownHosts+":2 has ssh-ed25519 "+ssh.FingerprintSHA256(old.PublicKey()),
		"shows ssh-ed25519 "+ssh.FingerprintSHA256(s.key.PublicKey()), fmt.Sprintf("ssh-keygen -R '[127.0.0.1]:%d' -f %s",
			s.port, config.KnownHosts))
	write(t, config.KnownHosts, "@revoked * "+strings.Join(strings.Fields(knownLine("127.0.0.1", s.port,
		s.key.PublicKey()))[1:], " ")+"\n")
	contains(t, refused(t, config, drivers.HostKey), "is marked as revoked in "+config.KnownHosts+":1")
}

func TestJumpHosts(t *testing.T) {
	t.Parallel()
	gate, inner, end := newServer(t), newServer(t), newServer(t)
	config := end.config()
	config.Home = home(t, end)
	for _, s := range []*server{gate, inner} {
		s.set(func(b *behaviour) { b.accepted = end.accepted })
	}
	known := knownLine("127.0.0.1", end.port, end.key.PublicKey()) + knownLine("127.0.0.1", inner.port,
		inner.key.PublicKey())
	write(t, filepath.Join(config.Home, ".ssh", "known_hosts"), known+knownLine("127.0.0.1", gate.port,
		gate.key.PublicKey()))
	write(t, filepath.Join(config.Home, ".ssh", "config"), fmt.Sprintf(
		"Host far\n HostName 127.0.0.1\n Port %d\n User ops\n StrictHostKeyChecking no\n ProxyJump gate,ops@127.0.0.1:%d\nHost gate\n HostName 127.0.0.1\n Port %d\n",
		end.port, inner.port, gate.port))
	config.Host, config.Port, config.User = "far", 0, ""
	dial(t, config)
	for i, s := range []*server{gate, inner, end} {
		if n, _ := s.counts(); n != 1 {
			t.Errorf("host %d of the way: got %d connections, want 1", i, n)
		}
	}
	// Each host of the way is verified, and StrictHostKeyChecking no changes nothing.
	write(t, filepath.Join(config.Home, ".ssh", "known_hosts"), known)
	contains(t, refused(t, config, drivers.HostKeyUnknown), fmt.Sprintf("connecting over ssh to root@127.0.0.1:%d",
		gate.port), "is not known")
}

func TestKnownHostsOfAPreseedIsOnlyRead(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	config := s.config()
	config.Home, config.TrustOnFirstUse = home(t, s), true
	config.KnownHosts = filepath.Join(config.Home, ".bash_profile")
	dial(t, config)
	if _, err := os.Stat(config.KnownHosts); err == nil {
		t.Error("a file was made that a preseed names")
	}
	text, err := os.ReadFile(filepath.Join(config.Home, ".ssh", "known_hosts"))
	if want := knownLine("127.0.0.1", s.port, s.key.PublicKey()); err != nil || !strings.Contains(string(text), want) {
		t.Errorf("got %q, %v, want %q", text, err, want)
	}
	config.TrustOnFirstUse, config.OwnKnownHosts = false, filepath.Join(config.Home, ".ssh", "known_hosts")
	dial(t, config)
}

func TestHostNamesAreChecked(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"-oProxyCommand=x", "a b", "a\nb", "$(id>/root/planted)", "a\x1bb"} {
		_, err := Dial(t.Context(), Config{SSH: schema.SSH{Host: name, TrustOnFirstUse: true}, Home: t.TempDir()})
		if drivers.KindOf(err) != drivers.Invalid || !strings.Contains(err.Error(), "is no name or address of a host") {
			t.Errorf("%q: %v", name, err)
		}
	}
}
