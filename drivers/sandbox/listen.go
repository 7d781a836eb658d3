package sandbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"clusterctl/drivers/sandbox/sshd"
)

// listen opens the member's loopback ports, the saved ones if there are, and serves them and the unix socket.
func (m *member) listen(identity []byte) error {
	var err error
	if m.httpsListener, err = loopback(m.HTTPSPort); err != nil {
		return err
	}
	if m.sshListener, err = loopback(m.SSHPort); err != nil {
		return err
	}
	m.HTTPSPort, m.SSHPort = port(m.httpsListener), port(m.sshListener)
	m.listenUnix()
	config := &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			m.world.mu.Lock()
			defer m.world.mu.Unlock()
			return &m.pair().tls, nil
		}}
	https := tls.NewListener(m.gate(m.httpsListener, m.httpsOpen), config)
	m.world.work.Go(func() { _ = m.server.Serve(https) }) // ends with the listener
	key, err := sshKey(m.world.path("members", m.Label, "ssh_host_key"))
	if err != nil {
		return err
	}
	server := sshd.Server{HostKey: key, AuthorizedKeys: identity, DialUnix: m.dialUnix, DialTCP: m.world.dial,
		Exec: m.exec}
	m.world.work.Go(func() { _ = server.Serve(m.world.ctx, m.sshListener) }) // ends with the world
	return nil
}

// listenUnix serves the unix socket, which is inside the process.
func (m *member) listenUnix() {
	m.unix = newPipeListener(m.world.socket())
	m.server = &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { m.serve(w, r, r.TLS == nil) }),
		ErrorLog:          log.New(io.Discard, "", 0), // refused handshakes are no news here
		ReadHeaderTimeout: time.Minute,
	}
	m.world.work.Go(func() { _ = m.server.Serve(m.gate(m.unix, m.running)) }) // ends with the listener
}

// loopback listens on that port, or on another one when a program has taken it since.
func loopback(port int) (net.Listener, error) {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil && port != 0 {
		return net.Listen("tcp", "127.0.0.1:0")
	}
	return l, err
}

func port(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

// address is the loopback address of the HTTPS listener.
func (m *member) address() string { return m.httpsListener.Addr().String() }

func (m *member) stopListening() error {
	var errs []error
	if m.server != nil {
		errs = append(errs, m.server.Close())
	}
	for _, l := range []net.Listener{m.httpsListener, m.sshListener} {
		if l != nil {
			if err := l.Close(); !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

func (m *member) running() bool {
	m.world.mu.Lock()
	defer m.world.mu.Unlock()
	return m.up()
}

// httpsOpen reports whether the daemon runs and listens on the network.
func (m *member) httpsOpen() bool {
	m.world.mu.Lock()
	defer m.world.mu.Unlock()
	config, err := m.config(context.Background())
	return err == nil && m.up() && (config["core.https_address"] != "" || config["cluster.https_address"] != "")
}

// dialUnix connects to the daemon's unix socket by its pretended path.
func (m *member) dialUnix(ctx context.Context, path string) (net.Conn, error) {
	if path != m.world.socket() {
		return nil, &net.OpError{Op: "dial", Net: "unix", Err: os.ErrNotExist}
	}
	if !m.running() {
		return nil, &net.OpError{Op: "dial", Net: "unix", Err: errRefused}
	}
	return m.unix.dial(ctx)
}

var errRefused = errors.New("connection refused")

// dial connects to an address of the world's network.
func (w *World) dial(ctx context.Context, address string) (net.Conn, error) {
	w.mu.Lock()
	m := w.at(ctx, address)
	w.mu.Unlock()
	if m == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errRefused}
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", m.address())
}

// at returns the member that listens on the address, nil if there is none.
func (w *World) at(ctx context.Context, address string) *member {
	if i := slices.IndexFunc(w.members, func(m *member) bool { return m.listens(ctx, address) }); i >= 0 {
		return w.members[i]
	}
	return nil
}

// Client returns an HTTP client that reaches the member's unix socket; any host name in the URL will do.
func (w *World) Client(label string) *http.Client {
	m := w.labelled(label)
	if m == nil {
		return nil
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return m.dialUnix(ctx, w.socket()) }
	return &http.Client{Transport: &http.Transport{DialContext: dial}}
}

// gate is a listener that drops connections while it is not open, and keeps account of the others.
type gate struct {
	net.Listener
	open  func() bool
	track func(net.Conn) net.Conn
}

func (m *member) gate(l net.Listener, open func() bool) net.Listener {
	return &gate{Listener: l, open: open, track: m.connections.track}
}

func (g *gate) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if g.open() {
			return g.track(conn), nil
		}
		_ = conn.Close() // refused
	}
}
