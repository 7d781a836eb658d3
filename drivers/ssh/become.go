package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"clusterctl/drivers"
)

// With sudo a connection to a socket is a session, as a command is. OpenSSH allows ten of them on one connection
// (MaxSessions), and one that has ended counts until the server has seen that, so there are half as many.
const (
	maxStreams      = 3
	maxSudoSessions = 2
)

// endLimit is how long a command may take to end after its input has.
const endLimit = 5 * time.Second

// findBridge prints the first of the sockets that are its arguments, and what can lead standard input and output there.
const findBridge = `for socket do if test -S "$socket"; then
	for tool in socat python3 perl nc; do if command -v "$tool" >/dev/null; then echo "$socket"; echo "$tool"; exit; fi; done
	echo 'none of socat, python3, perl, nc is installed there' >&2; exit 69
fi; done; exit 66`

// bridges are the commands that lead standard input and output to the socket that is their last argument. When the
// input ends, they end their half, and they end when the socket is closed.
var bridges = map[string]string{
	"socat": `socat -t 5 - "UNIX-CONNECT:$1"`,
	"nc":    `nc -N -U "$1"`,
	"python3": `python3 -c '
import os, socket, sys, threading
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
def there():
    while data := os.read(0, 65536): s.sendall(data)
    s.shutdown(socket.SHUT_WR)
threading.Thread(target=there, daemon=True).start()
while data := s.recv(65536):
    while data: data = data[os.write(1, data):]
' "$1"`,
	"perl": `perl -MIO::Select -MIO::Socket::UNIX -e '
my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "$ARGV[0]: $!\n";
my $all = IO::Select->new(\*STDIN, $s);
while (1) { for my $from ($all->can_read) {
  my $to = $from == $s ? \*STDOUT : $s;
  my $n = sysread($from, my $data, 65536);
  exit if !$n && $from == $s;
  if (!$n) { $all->remove($from); shutdown($s, 1); next }
  for (my $done = 0; $done < $n;) { $done += syswrite($to, $data, $n - $done, $done) // exit 1 }
} }' "$1"`,
}

// shellLine is the command line that runs a text for a POSIX shell, as another user where the connection says so.
func (c *Client) shellLine(script string, args ...string) string {
	line := "exec "
	switch {
	case c.sudo && c.password != nil: // from standard input, also where one was typed a short while ago
		line += "sudo -k -S -p '' "
	case c.sudo:
		line += "sudo -n "
	}
	line += "sh -c " + drivers.QuoteShell(script) // the account's own shell may be another one
	for i, arg := range args {
		if i == 0 {
			line += " sh"
		}
		line += " " + drivers.QuoteShell(arg)
	}
	return line
}

// refusedBySudo returns how sudo refused to run a command, nil if it did not (sudo 1.9, sudo(8) "Exit value").
func (c *Client) refusedBySudo(out drivers.Output) error {
	if !c.sudo || out.Exit != 1 && out.Exit != 127 {
		return nil
	}
	_, said, is := strings.Cut("\n"+out.Stderr, "\nsudo: ")
	if !is {
		_, _, is = strings.Cut(out.Stderr, "sudo: not found")
		said = "it is not installed"
	}
	if !is {
		return nil
	}
	first, _, _ := strings.Cut(said, "\n")
	return c.refusal(strings.TrimSpace(first))
}

// socketBySudo finds the daemon's socket, and what leads there.
func (c *Client) socketBySudo(ctx context.Context) (string, error) {
	op := "looking for the daemon's socket on " + c.host
	places := usualSockets[:]
	if c.socket != "" {
		places = []string{c.socket}
	}
	out, err := c.runLine(ctx, op, c.shellLine(findBridge, places...), nil, maxErrors)
	if err != nil {
		return "", err
	}
	found := strings.Fields(out.Stdout)
	switch {
	case out.Exit == 0 && len(found) == 2 && bridges[found[1]] != "":
		c.tool.Store(&found[1])
		return found[0], nil
	case out.Exit == 66:
		return "", c.fail(op, &drivers.Error{Kind: drivers.Unreachable, Err: fmt.Errorf(
			"none of %s is there: is LXD or Incus installed and running? Otherwise name the socket in the preseed",
			strings.Join(places, ", "))})
	}
	return "", c.fail(op, &drivers.Error{Kind: drivers.Unsupported, Err: fmt.Errorf(
		"it ends with %d: %s", out.Exit, strings.TrimSpace(out.Stderr+" "+out.Stdout))})
}

// dialBySudo connects to a socket that the user itself may not use.
func (c *Client) dialBySudo(ctx context.Context, path string) (net.Conn, error) {
	tool := c.tool.Load()
	if tool == nil {
		if _, err := c.socketBySudo(ctx); err != nil {
			return nil, err
		}
		tool = c.tool.Load()
	}
	select {
	case c.streams <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	channel, requests, err := c.conn.OpenChannel("session", nil)
	if err != nil {
		<-c.streams
		return nil, err
	}
	go func() {
		ssh.DiscardRequests(requests) // ends with the channel
		<-c.streams
	}()
	line := struct{ Line string }{c.shellLine("exec "+bridges[*tool], path)}
	started, err := channel.SendRequest("exec", true, ssh.Marshal(line))
	if err == nil && !started {
		err = errors.New("the SSH server runs no commands for this key")
	}
	if tell := c.told(nil); err == nil && tell != nil {
		_, err = channel.Write(tell)
	}
	if err != nil {
		_ = channel.Close() // the error says more
		return nil, err
	}
	s := &stream{Channel: channel, path: path, told: make(chan struct{})}
	go s.listen()
	return s, nil
}

// stream is a connection to a socket through a command's standard input and output. Like other channels it has no
// deadlines.
type stream struct {
	ssh.Channel
	path string
	said bytes.Buffer // what the command says of an error, when told is closed
	told chan struct{}
}

func (s *stream) listen() {
	_, _ = io.CopyN(&s.said, s.Stderr(), maxErrors) // ends with the channel
	close(s.told)
}

// Read gives what the command said of an error instead of an end.
func (s *stream) Read(data []byte) (int, error) {
	n, err := s.Channel.Read(data)
	if errors.Is(err, io.EOF) && n == 0 {
		<-s.told
		if said := strings.TrimSpace(s.said.String()); said != "" {
			return 0, &drivers.Error{Kind: drivers.Unreachable, Err: errors.New(said)}
		}
	}
	return n, err
}

// Close lets the command end by itself: OpenSSH counts it as a session for as long as it runs.
func (s *stream) Close() error {
	err := s.CloseWrite()
	go func() {
		defer time.AfterFunc(endLimit, func() { _ = s.Channel.Close() }).Stop()
		_, _ = io.Copy(io.Discard, s.Channel) // ends with the command
		_ = s.Channel.Close()
	}()
	if errors.Is(err, io.EOF) {
		return nil // it was closed before
	}
	return err
}

func (s *stream) LocalAddr() net.Addr  { return &net.UnixAddr{Net: "unix"} }
func (s *stream) RemoteAddr() net.Addr { return &net.UnixAddr{Net: "unix", Name: s.path} }

var errNoDeadline = errors.New("a connection by way of sudo has no deadlines")

func (s *stream) SetDeadline(time.Time) error      { return errNoDeadline }
func (s *stream) SetReadDeadline(time.Time) error  { return errNoDeadline }
func (s *stream) SetWriteDeadline(time.Time) error { return errNoDeadline }
