package ssh

import (
	"context"
	"net"
	"time"

	"clusterctl/drivers"
	"clusterctl/schema"
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
	// Timeout limits connecting to each host and authenticating there; zero means 15 seconds.
	Timeout time.Duration
}

// Client is a connection to one SSH server. It is safe for use by several goroutines.
type Client struct{}

var _ drivers.Dialer = (*Client)(nil)

// Dial connects and authenticates, through jump hosts if there are any. It fails with a *drivers.Error.
func Dial(ctx context.Context, c Config) (*Client, error) {
	return nil, &drivers.Error{Kind: drivers.Unsupported, Op: "connecting over ssh", Member: c.Member}
}

// DialContext opens a connection from the far end: network is "tcp" with host:port, or "unix" with a path.
func (c *Client) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return nil, &drivers.Error{Kind: drivers.Unsupported}
}

// Socket returns the path of the daemon's unix socket there: the one that Config names, or else the first of the
// usual places that exists.
func (c *Client) Socket(ctx context.Context) (string, error) {
	return "", &drivers.Error{Kind: drivers.Unsupported}
}

// Close ends the connection and everything that it carries.
func (c *Client) Close() error { return nil }
