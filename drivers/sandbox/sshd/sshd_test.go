package sshd_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"clusterctl/drivers/sandbox/sshd"
)

// newKey returns a key and its line of an authorized_keys file.
func newKey(t *testing.T) (ed25519.PrivateKey, []byte) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return private, ssh.MarshalAuthorizedKey(key)
}

// running is a server that was started for a test.
type running struct {
	address string
	host    ssh.PublicKey
	user    ed25519.PrivateKey
	stop    func() error
}

// start runs the server with keys made for the test.
func start(t *testing.T, s sshd.Server) running {
	t.Helper()
	host, _ := newKey(t)
	user, authorized := newKey(t)
	s.HostKey, s.AuthorizedKeys = host, append([]byte("# the test's\n"), authorized...)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	stop := sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(10 * time.Second):
			return errors.New("Serve does not end")
		}
	})
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	public, err := ssh.NewPublicKey(host.Public())
	if err != nil {
		t.Fatal(err)
	}
	return running{l.Addr().String(), public, user, stop}
}

// dial connects with the key; the host key must be the server's.
func (r running) dial(t *testing.T, key ed25519.PrivateKey) (*ssh.Client, error) {
	t.Helper()
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	client, err := ssh.Dial("tcp", r.address, &ssh.ClientConfig{User: "root", Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)},
		HostKeyCallback: ssh.FixedHostKey(r.host), Timeout: 10 * time.Second})
	if err == nil {
		t.Cleanup(func() { client.Close() })
	}
	return client, err
}

func (r running) mustDial(t *testing.T) *ssh.Client {
	t.Helper()
	client, err := r.dial(t, r.user)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// echo answers each line with its path or address before it.
func echo(_ context.Context, address string) (net.Conn, error) {
	if strings.Contains(address, "missing") {
		return nil, fmt.Errorf("nothing at %s", address)
	}
	here, there := net.Pipe()
	go func() {
		defer there.Close()
		for lines := bufio.NewScanner(there); lines.Scan(); {
			fmt.Fprintln(there, address, lines.Text())
		}
	}()
	return here, nil
}

func TestOnlyAuthorizedKeysLogIn(t *testing.T) {
	t.Parallel()
	server := start(t, sshd.Server{})
	server.mustDial(t)
	stranger, _ := newKey(t)
	if _, err := server.dial(t, stranger); err == nil || !strings.Contains(err.Error(), "unable to authenticate") {
		t.Errorf("got error %v, want that a stranger is refused", err)
	}
}

func TestSocketsAndAddressesAreForwarded(t *testing.T) {
	t.Parallel()
	client := start(t, sshd.Server{DialUnix: echo, DialTCP: echo}).mustDial(t)
	long := "/" + strings.Repeat("very-long-folder/", 20) + "unix.socket"
	for _, c := range []struct{ network, address string }{{"unix", long}, {"tcp", "10.0.0.7:8443"}, {"tcp", "[fd42::1]:8443"}} {
		conn, err := client.Dial(c.network, c.address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintln(conn, "hello")
		got, err := bufio.NewReader(conn).ReadString('\n')
		if want := c.address + " hello\n"; err != nil || got != want {
			t.Errorf("got %q and error %v, want %q", got, err, want)
		}
	}
}

// listenAfter returns a dial function whose target answers only after it has heard everything.
func listenAfter(t *testing.T) func(context.Context, string) (net.Conn, error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			heard, _ := io.ReadAll(conn)
			fmt.Fprintf(conn, "heard %s", heard)
			conn.Close()
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	return func(ctx context.Context, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
	}
}

func TestTargetMayAnswerAfterTheEnd(t *testing.T) {
	t.Parallel()
	conn, err := start(t, sshd.Server{DialTCP: listenAfter(t)}).mustDial(t).Dial("tcp", "m1:8443")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "all")
	if err := conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(conn); err != nil || string(got) != "heard all" {
		t.Errorf("got %q and error %v, want that all was heard", got, err)
	}
}

func TestUnreachableTargetsAreRefused(t *testing.T) {
	t.Parallel()
	client := start(t, sshd.Server{DialUnix: echo}).mustDial(t)
	for _, c := range []struct{ network, address, want string }{
		{"unix", "/missing", "ssh: rejected: connect failed (\"nothing at /missing\")"},
		{"tcp", "10.0.0.7:8443", "ssh: rejected: administratively prohibited (\"forwarding is not allowed\")"},
	} {
		if _, err := client.Dial(c.network, c.address); err == nil || err.Error() != c.want {
			t.Errorf("got error %v, want %s", err, c.want)
		}
	}
	if _, err := client.NewSession(); err == nil || err.Error() != "ssh: rejected: administratively prohibited (\"commands are not allowed\")" {
		t.Errorf("got error %v, want that commands are not allowed", err)
	}
	if _, _, err := client.OpenChannel("x11", nil); err == nil || err.Error() != "ssh: rejected: unknown channel type (\"unknown channel type x11\")" {
		t.Errorf("got error %v, want that the channel's type is unknown", err)
	}
}

func TestHTTPWorksThroughASocket(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	body := strings.Repeat("0123456789abcdef", 1<<16)
	api := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		fmt.Fprintln(w, n, body)
	})}
	go func() { _ = api.Serve(l) }() // ends with an error, always
	t.Cleanup(func() { api.Close() })
	client := start(t, sshd.Server{DialUnix: func(ctx context.Context, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
	}}).mustDial(t)
	web := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return client.DialContext(ctx, "unix", "/var/lib/lxd/unix.socket")
	}}}
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			resp, err := web.Post("http://lxd/1.0", "text/plain", strings.NewReader(body))
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			got, err := io.ReadAll(resp.Body)
			if want := fmt.Sprintln(len(body), body); err != nil || string(got) != want {
				t.Errorf("got %d bytes and error %v, want %d", len(got), err, len(want))
			}
		})
	}
	wg.Wait()
	web.CloseIdleConnections()
}

// commands is an Exec for the tests.
func commands(ctx context.Context, c sshd.Command) int {
	switch c.Line {
	case "cat":
		if _, err := io.Copy(c.Stdout, c.Stdin); err != nil {
			return 1
		}
		return 0
	case "wait":
		fmt.Fprintln(c.Stdout, "waiting")
		<-ctx.Done()
		return 1
	}
	fmt.Fprintf(c.Stderr, "%s: no command %q\n", c.User, c.Line)
	return 127
}

func TestCommandsHaveStreamsAndAStatus(t *testing.T) {
	t.Parallel()
	client := start(t, sshd.Server{Exec: commands}).mustDial(t)
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	session.Stdin = strings.NewReader("in and out")
	if out, err := session.Output("cat"); err != nil || string(out) != "in and out" {
		t.Errorf("got %q and error %v, want what went in", out, err)
	}
	if session, err = client.NewSession(); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	session.Stderr = &stderr
	err = session.Run("rm -r 'a b'")
	var exit *ssh.ExitError
	if !errors.As(err, &exit) || exit.ExitStatus() != 127 || stderr.String() != "root: no command \"rm -r 'a b'\"\n" {
		t.Errorf("got error %v and %q, want status 127 and that there is no such command", err, stderr.String())
	}
}

func TestShellsAreRefused(t *testing.T) {
	t.Parallel()
	session, err := start(t, sshd.Server{Exec: commands}).mustDial(t).NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Shell(); err == nil {
		t.Error("a shell was started")
	}
}

func TestClosedSessionEndsItsCommand(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	server := start(t, sshd.Server{Exec: func(ctx context.Context, c sshd.Command) int {
		defer close(ended)
		return commands(ctx, c)
	}})
	session, err := server.mustDial(t).NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Start("wait"); err != nil {
		t.Fatal(err)
	}
	if err := session.Close(); err != nil {
		t.Error(err)
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the command of a closed session still runs")
	}
}

func TestStoppingEndsEverything(t *testing.T) {
	t.Parallel()
	server := start(t, sshd.Server{DialUnix: echo, Exec: commands})
	client := server.mustDial(t)
	conn, err := client.Dial("unix", "/socket")
	if err != nil {
		t.Fatal(err)
	}
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Start("wait"); err != nil {
		t.Fatal(err)
	}
	idle, err := net.Dial("tcp", server.address) // never logs in
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	if err := server.stop(); err != nil {
		t.Error(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the forwarded connection is still open")
	}
	if err := session.Wait(); err == nil {
		t.Error("the command ended well")
	}
	if _, err := server.dial(t, server.user); err == nil {
		t.Error("the server still accepts")
	}
}

func TestChannelsAreLimited(t *testing.T) {
	t.Parallel()
	client := start(t, sshd.Server{DialUnix: echo}).mustDial(t)
	var err error
	opened := 0
	for ; opened < 200 && err == nil; opened++ {
		_, err = client.Dial("unix", "/socket")
	}
	if opened != 101 || err == nil || err.Error() != "ssh: rejected: resource shortage (\"too many channels\")" {
		t.Errorf("opened %d channels, error %v, want that the 101st is refused", opened, err)
	}
}

func TestServerNeedsKeys(t *testing.T) {
	t.Parallel()
	host, _ := newKey(t)
	for name, c := range map[string]struct {
		server sshd.Server
		want   string
	}{
		"host key":       {sshd.Server{}, "starting sshd: there is no host key"},
		"authorized key": {sshd.Server{HostKey: host, AuthorizedKeys: []byte("nonsense")}, "starting sshd: reading the authorized keys: ssh: no key found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			if err := c.server.Serve(t.Context(), l); err == nil || err.Error() != c.want {
				t.Errorf("got error %v, want %s", err, c.want)
			}
			if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
				t.Errorf("got error %v, want that the listener is closed", err)
			}
		})
	}
}
