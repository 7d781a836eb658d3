package sshd

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// The limits that keep a broken client from harming the others.
const (
	// handshakeTimeout is how long a client may take to log in.
	handshakeTimeout = 10 * time.Second
	// maxConnections is how many clients are served at the same time; more wait to be accepted.
	maxConnections = 100
	// maxChannels is how many channels one client has open at the same time; more are refused.
	maxChannels = 100
)

// Command is one command that a client runs.
type Command struct {
	User string
	// Line is the command line as the client sent it, not split.
	Line   string
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
}

// Server says who may connect and what they reach. A nil function refuses its kind of request.
// The functions are called from several goroutines; their context ends with the connection.
type Server struct {
	// HostKey is the server's key, for example an ed25519.PrivateKey.
	HostKey crypto.Signer
	// AuthorizedKeys has the public keys that may log in, under any user name, in the format of an authorized_keys
	// file. Options of a key are not obeyed.
	AuthorizedKeys []byte
	// DialUnix opens what a direct-streamlocal@openssh.com request for that path reaches.
	DialUnix func(ctx context.Context, path string) (net.Conn, error)
	// DialTCP opens what a direct-tcpip request for that host:port reaches.
	DialTCP func(ctx context.Context, address string) (net.Conn, error)
	// Exec runs a command and returns its exit status, 0 to 255. It must end when its context does.
	Exec func(ctx context.Context, c Command) int
}

// Serve accepts connections until ctx ends, then closes the listener and all connections and returns nil once every
// goroutine has ended. Another error means that the server could not start or the listener broke.
func (s Server) Serve(ctx context.Context, l net.Listener) error {
	defer l.Close()
	config, err := s.config()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	places := make(chan struct{}, maxConnections)
	for {
		conn, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				conn.Close()
			}
			return nil
		case err != nil:
			return fmt.Errorf("accepting ssh connections: %w", err)
		}
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			s.serve(ctx, conn, config)
		})
	}
}

// config makes the library's settings: this host key, these public keys, nothing else.
func (s Server) config() (*ssh.ServerConfig, error) {
	if s.HostKey == nil {
		return nil, errors.New("starting sshd: there is no host key")
	}
	signer, err := ssh.NewSignerFromSigner(s.HostKey)
	if err != nil {
		return nil, fmt.Errorf("starting sshd: %w", err)
	}
	authorized := map[string]bool{}
	for rest := bytes.TrimSpace(s.AuthorizedKeys); len(rest) > 0; rest = bytes.TrimSpace(rest) {
		var key ssh.PublicKey
		if key, _, _, rest, err = ssh.ParseAuthorizedKey(rest); err != nil {
			return nil, fmt.Errorf("starting sshd: reading the authorized keys: %w", err)
		}
		authorized[string(key.Marshal())] = true
	}
	config := &ssh.ServerConfig{
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if !authorized[string(key.Marshal())] {
				return nil, errors.New("the key is not authorized")
			}
			return nil, nil
		},
	}
	config.AddHostKey(signer)
	return config, nil
}

// serve handles one connection until it ends.
func (s Server) serve(ctx context.Context, conn net.Conn, config *ssh.ServerConfig) {
	defer conn.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	_ = conn.SetDeadline(time.Now().Add(handshakeTimeout)) // a connection without deadlines ends with ctx
	client, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return // the client was told; nobody else wants to know
	}
	_ = conn.SetDeadline(time.Time{}) // if it fails, so will the next read
	var wg sync.WaitGroup
	defer wg.Wait()
	// The library closes both channels when the connection ends.
	wg.Go(func() { ssh.DiscardRequests(requests) })
	places := make(chan struct{}, maxChannels)
	for channel := range channels {
		select {
		case places <- struct{}{}:
		default:
			refuse(channel, ssh.ResourceShortage, "too many channels")
			continue
		}
		wg.Go(func() {
			defer func() { <-places }()
			s.channel(ctx, client.User(), channel)
		})
	}
	cancel()
}

// channel serves one channel of a client.
func (s Server) channel(ctx context.Context, user string, channel ssh.NewChannel) {
	switch kind := channel.ChannelType(); kind {
	case "direct-streamlocal@openssh.com":
		forward(ctx, channel, s.DialUnix, unixPath)
	case "direct-tcpip":
		forward(ctx, channel, s.DialTCP, tcpAddress)
	case "session":
		s.session(ctx, user, channel)
	default:
		refuse(channel, ssh.UnknownChannelType, "unknown channel type "+kind)
	}
}

// refuse answers no. When that fails the connection is gone, and the client knows.
func refuse(channel ssh.NewChannel, reason ssh.RejectionReason, text string) {
	_ = channel.Reject(reason, text)
}

// session serves a channel for commands: it runs the first that the client asks for. There are no terminals,
// shells, environments or signals.
func (s Server) session(ctx context.Context, user string, request ssh.NewChannel) {
	if s.Exec == nil {
		refuse(request, ssh.Prohibited, "commands are not allowed")
		return
	}
	channel, requests, err := request.Accept()
	if err != nil {
		return // the client is gone
	}
	defer channel.Close()
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	started := false
	// The library closes requests when the client closes the channel, which ends the command.
	for r := range requests {
		var command struct{ Line string }
		if r.Type != "exec" || started || ssh.Unmarshal(r.Payload, &command) != nil {
			reply(r, false)
			continue
		}
		started = true
		reply(r, true)
		wg.Go(func() {
			s.run(ctx, channel, Command{User: user, Line: command.Line, Stdin: channel, Stdout: channel,
				Stderr: channel.Stderr()})
		})
	}
}

// run runs a command, tells its exit status and closes the channel.
func (s Server) run(ctx context.Context, channel ssh.Channel, c Command) {
	status := s.Exec(ctx, c)
	// Errors mean that the client is gone and wants no status.
	_ = channel.CloseWrite()
	_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(status)}))
	_ = channel.Close()
}

// reply answers a request of a client that waits for an answer.
func reply(r *ssh.Request, ok bool) {
	if r.WantReply {
		_ = r.Reply(ok, nil) // when it fails the connection is gone
	}
}
