package ssh

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"clusterctl/drivers"
)

// Run runs a text for a POSIX shell there, which reads the input and may print that many bytes; op names it in errors.
// Nothing in the text may be secret, as arguments can be seen by everybody on the far end. An exit status other than
// zero is no error.
func (c *Client) Run(ctx context.Context, op, script string, input []byte, most int) (drivers.Output, error) {
	return c.runLine(ctx, op+" on "+c.host, c.shellLine(script), input, most)
}

func (c *Client) runLine(ctx context.Context, op, text string, input []byte, most int) (drivers.Output, error) {
	select {
	case c.sessions <- struct{}{}:
		defer func() { <-c.sessions }()
	case <-ctx.Done():
		return drivers.Output{}, c.fail(op, ctx.Err())
	}
	out, err := c.run(ctx, text, c.told(input), most)
	if err == nil {
		err = c.refusedBySudo(out)
	}
	if err != nil {
		return drivers.Output{}, c.fail(op, orEnded(ctx, err))
	}
	return out, nil
}

// run returns when the command or the context has ended. Opening a session on a dead connection cannot be
// interrupted: the goroutine is left to the keep-alive then, which ends the connection.
func (c *Client) run(ctx context.Context, text string, input []byte, most int) (drivers.Output, error) {
	type result struct {
		out drivers.Output
		err error
	}
	ended := make(chan result, 1)
	go func() {
		out, err := c.session(ctx, text, input, most)
		ended <- result{out, err}
	}()
	select {
	case r := <-ended:
		return r.out, r.err
	case <-ctx.Done():
		return drivers.Output{}, ctx.Err()
	}
}

// maxErrors is how many bytes a command may print as its errors, and maxFiles how many the daemon's files may have.
const (
	maxErrors = 1 << 20
	maxFiles  = 1 << 20
)

// limited keeps what a command prints up to a limit, and ends the command there.
type limited struct {
	text bytes.Buffer
	most int
	full func() error
	over bool
}

func (l *limited) Write(data []byte) (int, error) {
	if l.over = l.over || l.text.Len()+len(data) > l.most; l.over {
		return len(data), l.full()
	}
	return l.text.Write(data)
}

func (c *Client) session(ctx context.Context, text string, input []byte, most int) (drivers.Output, error) {
	s, err := c.conn.NewSession()
	if err != nil {
		return drivers.Output{}, err
	}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	stdout, stderr := limited{most: most, full: s.Close}, limited{most: maxErrors, full: s.Close}
	s.Stdout, s.Stderr = &stdout, &stderr
	if len(input) > 0 {
		s.Stdin = bytes.NewReader(input)
	}
	err = s.Run(text)
	_ = s.Close() // it has ended by itself
	if stdout.over || stderr.over {
		return drivers.Output{}, &drivers.Error{Kind: drivers.Internal, Err: errors.New("it prints without end")}
	}
	out := drivers.Output{Stdout: stdout.text.String(), Stderr: strings.TrimSpace(stderr.text.String())}
	if exit, ok := errors.AsType[*ssh.ExitError](err); ok {
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
	const op = "reading the daemon's files"
	if !strings.HasPrefix(folder, "/") || strings.ContainsFunc(folder, func(r rune) bool { return r < ' ' }) {
		return Files{}, c.fail(op+" on "+c.host, &drivers.Error{Kind: drivers.Invalid,
			Err: fmt.Errorf("the folder %q is not an absolute path", folder)})
	}
	out, err := c.Run(ctx, op, "cd "+drivers.QuoteShell(folder)+
		" && cat server.crt && echo && cat server.key && echo && if test -e cluster.crt; then cat cluster.crt; fi", nil,
		maxFiles)
	if err != nil {
		return Files{}, err
	}
	if out.Exit != 0 {
		kind := drivers.NotFound
		if strings.Contains(out.Stderr, "ermission denied") {
			kind = drivers.Denied
		}
		why := out.Stderr[strings.LastIndex(out.Stderr, "\n")+1:] // before that may be what the login complains about
		if why == "" {
			kind, why = drivers.Denied, "the login, or its key, runs no commands"
		}
		return Files{}, c.fail(fmt.Sprintf("reading the daemon's files in %s on %s as %s", folder, c.host, c.user),
			&drivers.Error{Kind: kind, Err: errors.New(why)})
	}
	return splitFiles([]byte(out.Stdout)), nil
}

// splitFiles takes the output of Files apart: certificates before the key are the server's, those after it the
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
