package ssh

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/crypto/ssh"

	"clusterctl/drivers"
)

// Name names a command. The list is closed.
type Name int

// The commands; the zero value is invalid.
const (
	_            Name = iota
	ReadFiles         // prints server.crt, server.key and, when there is one, cluster.crt of the folder Argument
	ServiceState      // prints the state that systemd knows of the unit Argument: active, inactive, failed, ...
)

// String returns the command in words.
func (n Name) String() string {
	names := []string{"invalid command", "reading the daemon's files", "reading the service's state"}
	if n < 0 || int(n) >= len(names) {
		return names[0]
	}
	return names[n]
}

// Command is one command to run. It takes nothing secret, as arguments can be seen by everybody on the far end.
type Command struct {
	Name Name
	// Argument is an absolute path or the name of a unit.
	Argument string
}

// Output is what a command printed.
type Output struct {
	// Stdout may hold secrets.
	Stdout []byte
	Stderr string
	// Exit is the exit status.
	Exit int
}

var unitName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9@._:-]*$`)

// line returns what the far end's shell is given.
func (c Command) line() (string, error) {
	var script string
	switch c.Name {
	case ReadFiles:
		if !strings.HasPrefix(c.Argument, "/") || strings.ContainsFunc(c.Argument, func(r rune) bool { return r < ' ' }) {
			return "", fmt.Errorf("the folder %q is not an absolute path", c.Argument)
		}
		script = "cd " + drivers.QuoteShell(c.Argument) +
			" && cat server.crt && echo && cat server.key && echo && if test -e cluster.crt; then cat cluster.crt; fi"
	case ServiceState:
		if !unitName.MatchString(c.Argument) {
			return "", fmt.Errorf("%q is not the name of a systemd unit", c.Argument)
		}
		script = "systemctl is-active " + c.Argument
	default:
		return "", errors.New("no such command")
	}
	return "exec sh -c " + drivers.QuoteShell(script), nil // the account's own shell may be another one
}

// Run runs the command there. An exit status other than zero is no error.
func (c *Client) Run(ctx context.Context, command Command) (Output, error) {
	op := command.Name.String() + " on " + c.host
	text, err := command.line()
	if err != nil {
		return Output{}, c.fail(op, &drivers.Error{Kind: drivers.Invalid, Err: err})
	}
	return c.inSession(ctx, op, text, nil)
}

// RunScript runs a text for a POSIX shell there; op names it in errors. It reads the input. It is for the commands of
// drivers.Command. An exit status other than zero is no error.
func (c *Client) RunScript(ctx context.Context, op, script string, input []byte) (Output, error) {
	return c.inSession(ctx, op+" on "+c.host, "exec sh -c "+drivers.QuoteShell(script), input)
}

func (c *Client) inSession(ctx context.Context, op, text string, input []byte) (Output, error) {
	select {
	case c.sessions <- struct{}{}:
		defer func() { <-c.sessions }()
	case <-ctx.Done():
		return Output{}, c.fail(op, ctx.Err())
	}
	out, err := c.run(ctx, text, input)
	if err != nil {
		return Output{}, c.fail(op, orEnded(ctx, err))
	}
	return out, nil
}

// run returns when the command or the context has ended. Opening a session on a dead connection cannot be
// interrupted: the goroutine is left to the keep-alive then, which ends the connection.
func (c *Client) run(ctx context.Context, text string, input []byte) (Output, error) {
	type result struct {
		out Output
		err error
	}
	ended := make(chan result, 1)
	go func() {
		out, err := c.session(ctx, text, input)
		ended <- result{out, err}
	}()
	select {
	case r := <-ended:
		return r.out, r.err
	case <-ctx.Done():
		return Output{}, ctx.Err()
	}
}

func (c *Client) session(ctx context.Context, text string, input []byte) (Output, error) {
	s, err := c.conn.NewSession()
	if err != nil {
		return Output{}, err
	}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	var stdout, stderr bytes.Buffer
	s.Stdout, s.Stderr = &stdout, &stderr
	if len(input) > 0 {
		s.Stdin = bytes.NewReader(input)
	}
	err = s.Run(text)
	_ = s.Close() // it has ended by itself
	out := Output{Stdout: stdout.Bytes(), Stderr: strings.TrimSpace(stderr.String())}
	var exit *ssh.ExitError
	if errors.As(err, &exit) {
		out.Exit = exit.ExitStatus()
		return out, nil
	}
	return out, err
}

// Files are the PEM texts that a daemon keeps beside its socket.
type Files struct {
	// ServerCertificate and ServerKey are the member's own identity.
	ServerCertificate, ServerKey []byte
	// ClusterCertificate is empty on a standalone server.
	ClusterCertificate []byte
}

// Files returns the PEM texts of the daemon's folder, in one round trip. It fails with Denied when the user may not
// read them, and with NotFound when they are not there.
func (c *Client) Files(ctx context.Context, folder string) (Files, error) {
	out, err := c.Run(ctx, Command{Name: ReadFiles, Argument: folder})
	if err != nil {
		return Files{}, err
	}
	if out.Exit != 0 {
		kind := drivers.NotFound
		if strings.Contains(out.Stderr, "ermission denied") {
			kind = drivers.Denied
		}
		return Files{}, c.fail(fmt.Sprintf("reading the daemon's files in %s on %s as %s", folder, c.host, c.user),
			&drivers.Error{Kind: kind, Err: errors.New(out.Stderr)})
	}
	return splitFiles(out.Stdout), nil
}

// splitFiles takes the output of ReadFiles apart: certificates before the key are the server's, those after it the
// cluster's.
func splitFiles(text []byte) Files {
	var f Files
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		encoded := pem.EncodeToMemory(block)
		switch {
		case block.Type != "CERTIFICATE":
			f.ServerKey = append(f.ServerKey, encoded...)
		case f.ServerKey == nil:
			f.ServerCertificate = append(f.ServerCertificate, encoded...)
		default:
			f.ClusterCertificate = append(f.ClusterCertificate, encoded...)
		}
	}
	return f
}
