package ssh

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"clusterctl/drivers"
	"clusterctl/schema"
)

const (
	defaultTimeout   = 15 * time.Second
	defaultKeepAlive = 15 * time.Second
	maxSessions      = 4
)

// Config says how to reach one SSH server. Of the embedded schema.SSH empty fields are filled from the user's
// configuration file and then from the defaults: port 22, user root, the agent and the usual identity files,
// ~/.ssh/known_hosts.
type Config struct {
	// Member is the name that errors carry.
	Member string
	schema.SSH
	// Home is the user's home folder: for ~ and for the files below .ssh.
	Home string
	// ConfigFile is the path of an OpenSSH client configuration; empty means .ssh/config in Home. It may be missing.
	ConfigFile string
	// AgentSocket is the path of the agent's socket, the usual SSH_AUTH_SOCK; empty means no agent.
	AgentSocket string
	// Ring opens encrypted keys; nil opens none.
	Ring *Ring
	// Timeout limits connecting to each host and authenticating there; zero means 15 seconds.
	Timeout time.Duration
	// keepAlive is the time between signs of life, and the longest wait for one; zero means 15 seconds.
	keepAlive time.Duration
}

// Client is a connection to one SSH server. It is safe for use by several goroutines.
type Client struct {
	member, host, user, socket string
	conn                       *ssh.Client
	hops                       []*ssh.Client          // the jump hosts, nearest first, and conn
	sessions                   chan struct{}          // has an element per running command
	sudo                       bool                   // commands and the daemon's socket by way of sudo
	streams                    chan struct{}          // has an element per connection to a socket by way of sudo
	end                        host                   // the server itself
	password                   []byte                 // for sudo; nil where it asks for none
	tool                       atomic.Pointer[string] // of bridges, when one was found
	done                       chan struct{}          // closed when the keep-alive has ended
}

var _ drivers.Dialer = (*Client)(nil)

// Dial connects and authenticates, through jump hosts if there are any. It fails with a *drivers.Error: HostKey,
// Denied, Unreachable, Timeout, or Invalid for a configuration that cannot be used.
func Dial(ctx context.Context, c Config) (*Client, error) {
	hosts, err := resolve(c)
	if err != nil {
		return nil, &drivers.Error{Kind: drivers.Invalid, Op: "connecting over ssh", Member: c.Member, Err: err}
	}
	var hops []*ssh.Client
	for _, h := range hosts {
		next, err := h.connect(ctx, cmp.Or(c.Timeout, defaultTimeout), last(hops))
		if err != nil {
			closeAll(hops)
			return nil, failure("connecting over ssh to "+h.String(), c.Member, err)
		}
		hops = append(hops, next)
	}
	end := hosts[len(hosts)-1]
	client := &Client{member: c.Member, host: end.name, user: end.user, socket: c.Socket,
		conn: last(hops), hops: hops, sessions: make(chan struct{}, maxSessions), done: make(chan struct{}),
		sudo: c.Become == schema.BecomeSudo, streams: make(chan struct{}, maxStreams)}
	client.end = end
	if client.sudo {
		client.password = c.Ring.password(end)
		client.sessions = make(chan struct{}, maxSudoSessions)
	}
	go client.keepAlive(cmp.Or(c.keepAlive, defaultKeepAlive)) // ends with the connection; Close waits for it
	return client, nil
}

func last(hops []*ssh.Client) *ssh.Client {
	if len(hops) == 0 {
		return nil
	}
	return hops[len(hops)-1]
}

func closeAll(hops []*ssh.Client) {
	for i := len(hops) - 1; i >= 0; i-- {
		_ = hops[i].Close() // it is being given up; there is nobody to tell
	}
}

// keepAlive asks the server for a sign of life now and then, and closes a connection that gives none: calls on it
// then fail instead of hanging.
func (c *Client) keepAlive(interval time.Duration) {
	defer close(c.done)
	ended := make(chan struct{})
	go func() {
		_ = c.conn.Wait() // why it ended is told to those who use it
		close(ended)
	}()
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			closeAll(c.hops)
			return
		case <-tick.C:
			late := time.AfterFunc(interval, func() { closeAll(c.hops) })
			_, _, _ = c.conn.SendRequest("keepalive@openssh.com", true, nil) // a failure ends the connection
			late.Stop()
		}
	}
}

// DialContext opens a connection from the far end: network is "tcp" with host:port, or "unix" with a path. The
// connection has no deadlines; it is interrupted by closing it.
func (c *Client) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	var conn net.Conn
	var err error
	if c.sudo && network == "unix" {
		conn, err = c.dialBySudo(ctx, address)
	} else {
		conn, err = c.conn.DialContext(ctx, network, address)
	}
	if err != nil {
		return nil, c.fail(fmt.Sprintf("opening %s on %s", address, c.host), c.channelError(err))
	}
	return conn, nil
}

// channelError adds to the server's refusal of a channel what to look at.
func (c *Client) channelError(err error) error {
	var open *ssh.OpenChannelError
	if !errors.As(err, &open) {
		return err
	}
	switch open.Reason {
	case ssh.Prohibited:
		return &drivers.Error{Kind: drivers.Denied, Err: errors.New(
			"the SSH server does not allow it; look at AllowStreamLocalForwarding, AllowTcpForwarding and DisableForwarding in its " +
				"sshd_config, and at permitopen= of the key")}
	case ssh.UnknownChannelType:
		return &drivers.Error{Kind: drivers.Unsupported, Err: errors.New("the SSH server cannot forward to unix sockets")}
	}
	return &drivers.Error{Kind: drivers.Unreachable, Err: fmt.Errorf(
		"nothing answers there, or %s may not use it (%s)", c.user, open.Message)}
}

// usualSockets are where the packages of LXD (Debian, snap) and Incus put the daemon's socket.
var usualSockets = [...]string{"/var/lib/lxd/unix.socket", "/var/snap/lxd/common/lxd/unix.socket",
	"/var/lib/incus/unix.socket", "/run/incus/unix.socket"}

// Socket returns the path of the daemon's unix socket there: the one that Config names, or else the first of the
// usual places where a connection can be opened.
func (c *Client) Socket(ctx context.Context) (string, error) {
	if c.sudo {
		return c.socketBySudo(ctx)
	}
	if c.socket != "" {
		return c.socket, nil
	}
	for _, path := range usualSockets {
		conn, err := c.conn.DialContext(ctx, "unix", path)
		var open *ssh.OpenChannelError
		switch {
		case err == nil:
			_ = conn.Close() // it was opened only to see that it can be
			return path, nil
		case !errors.As(err, &open) || open.Reason != ssh.ConnectionFailed:
			return "", c.fail("looking for the daemon's socket on "+c.host, c.channelError(err))
		}
	}
	return "", c.fail("looking for the daemon's socket on "+c.host,
		&drivers.Error{Kind: drivers.Unreachable, Err: fmt.Errorf(
			"none of %s can be opened: is LXD or Incus installed and running there, may %s use it (group lxd or incus-admin), and does "+
				"permitopen= of the key have it? Otherwise name the socket in the preseed", strings.Join(usualSockets[:], ", "),
			c.user)})
}

// Done returns a channel that is closed once the connection has ended, for whatever reason.
func (c *Client) Done() <-chan struct{} { return c.done }

// Close ends the connection and everything that it carries. It may be called more than once.
func (c *Client) Close() error {
	closeAll(c.hops)
	<-c.done
	return nil
}

func (c *Client) fail(op string, err error) error { return failure(op, c.member, err) }

// failure makes a *drivers.Error of any error; one that has a kind already keeps it.
func failure(op, member string, err error) error {
	if known, ok := errors.AsType[*drivers.Error](err); ok {
		return &drivers.Error{Kind: known.Kind, Op: op, Member: member, Err: known.Err}
	}
	kind := drivers.Unreachable
	var negotiation *ssh.AlgorithmNegotiationError
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		kind = drivers.Timeout
	case errors.As(err, &negotiation):
		kind = drivers.HostKey
	}
	return &drivers.Error{Kind: kind, Op: op, Member: member, Err: err}
}
