package sshd

import (
	"context"
	"crypto"
	"errors"
	"io"
	"net"
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
	// AuthorizedKeys has the public keys that may log in, in the format of an authorized_keys file.
	AuthorizedKeys []byte
	// DialUnix opens what a direct-streamlocal@openssh.com request for that path reaches.
	DialUnix func(ctx context.Context, path string) (net.Conn, error)
	// DialTCP opens what a direct-tcpip request for that host:port reaches.
	DialTCP func(ctx context.Context, address string) (net.Conn, error)
	// Exec runs a command and returns its exit status, 0 to 255.
	Exec func(ctx context.Context, c Command) int
}

// Serve accepts connections until ctx ends, then closes the listener and all connections and returns nil once every
// goroutine has ended. Another error means that the server could not start or the listener broke.
func (s Server) Serve(ctx context.Context, l net.Listener) error { return errors.ErrUnsupported }
