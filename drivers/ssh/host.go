package ssh

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"

	"clusterctl/drivers"
)

// host is one SSH server of the way, with everything resolved.
type host struct {
	name, user   string
	port         int
	identity     string   // the identity file of the preseed; it must be usable
	identities   []string // the identity files of the configuration; with neither the usual ones are tried
	agentSocket  string
	onlyIdentity bool // offer no other keys of the agent
	ring         *Ring
	home         string
	keys         hostKeys
}

func (h host) address() string { return net.JoinHostPort(h.name, strconv.Itoa(h.port)) }

// String returns user@host:port.
func (h host) String() string { return h.user + "@" + h.address() }

// connect opens the SSH connection to h, from the far end of via or from this machine.
func (h host) connect(ctx context.Context, timeout time.Duration, via *ssh.Client) (*ssh.Client, error) {
	parent := ctx
	ctx, cancel := context.WithTimeout(parent, timeout)
	defer cancel()
	fail := func(err error) (*ssh.Client, error) {
		if parent.Err() == nil && ctx.Err() != nil {
			err = &drivers.Error{Kind: drivers.Unreachable, Err: fmt.Errorf("no answer within %s", timeout)}
		}
		return nil, orEnded(parent, err)
	}
	login, err := h.login(ctx)
	if err != nil {
		return nil, err
	}
	defer login.close()
	check, err := h.keys.open(h.address())
	if err != nil {
		return nil, err
	}
	conn, err := h.open(ctx, via)
	if err != nil {
		return fail(err)
	}
	// The handshake takes no context: closing what it waits for interrupts it.
	release := context.AfterFunc(ctx, func() { _ = conn.Close(); login.close() })
	secured, channels, requests, err := ssh.NewClientConn(conn, h.address(), &ssh.ClientConfig{
		User: h.user, Auth: login.methods(), HostKeyCallback: check.callback, HostKeyAlgorithms: check.algorithms})
	if !release() || err != nil {
		_ = conn.Close() // the error that matters is the one above
		return fail(login.explain(h, err))
	}
	return ssh.NewClient(secured, channels, requests), nil
}

func (h host) open(ctx context.Context, via *ssh.Client) (net.Conn, error) {
	if via == nil {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", h.address())
		if err != nil {
			return nil, err
		}
		return promptly(conn), nil
	}
	return via.DialContext(ctx, "tcp", h.address())
}

// orEnded returns why the context ended, if it has: what broke then broke because of that.
func orEnded(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// prompt is a connection whose end here acknowledges at once what it has read. OpenSSH's server keeps a small packet
// back until the one before is acknowledged, as long as nobody works at a terminal (Nagle's algorithm; 9.2, packet.c
// ssh_packet_set_interactive), and systems wait 40 ms for more to acknowledge: each was waiting for the other (measured
// between the login and the first answer).
type prompt struct {
	net.Conn
	raw syscall.RawConn
}

// promptly makes a TCP connection prompt, where the system has a way to ask for that.
func promptly(conn net.Conn) net.Conn {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return conn
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return conn // it is slower
	}
	return &prompt{conn, raw}
}

// Read implements net.Conn.
func (p *prompt) Read(data []byte) (int, error) {
	_ = p.raw.Control(acknowledge) // the system forgets it soon; a connection that has ended says so below
	return p.Conn.Read(data)
}
