package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
	lines "golang.org/x/crypto/ssh/knownhosts"

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
		return new(net.Dialer).DialContext(ctx, "tcp", h.address())
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

// hostKeys says which files have the known host keys and what to do with an unknown one.
type hostKeys struct {
	files []string
	first string // the file that an unknown key is added to; empty: it is refused
}

// check verifies host keys.
type check struct {
	callback   ssh.HostKeyCallback
	algorithms []string
}

// open reads the files. Those that do not exist are taken as empty.
func (k hostKeys) open(address string) (check, error) {
	var there []string
	for _, file := range k.files {
		if _, err := os.Stat(file); err == nil {
			there = append(there, file)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return check{}, &drivers.Error{Kind: drivers.HostKey, Err: fmt.Errorf("reading the known hosts: %w", err)}
		}
	}
	db, err := knownhosts.NewDB(there...)
	if err != nil {
		return check{}, &drivers.Error{Kind: drivers.HostKey, Err: fmt.Errorf("reading the known hosts: %w", err)}
	}
	verify := db.HostKeyCallback()
	callback := func(hostname string, remote net.Addr, key ssh.PublicKey) error {
		err := verify(hostname, remote, key)
		if knownhosts.IsHostUnknown(err) && k.first != "" {
			return k.add(hostname, key)
		}
		return k.explain(hostname, key, err)
	}
	return check{callback: callback, algorithms: db.HostKeyAlgorithms(address)}, nil
}

// add appends the key to the file for that: trust on first use.
func (k hostKeys) add(address string, key ssh.PublicKey) error {
	fail := func(err error) error {
		return &drivers.Error{Kind: drivers.HostKey, Err: fmt.Errorf("adding the host key of %s to %s: %w", address,
			k.first, err)}
	}
	if err := os.MkdirAll(filepath.Dir(k.first), 0o700); err != nil {
		return fail(err)
	}
	old, err := drivers.ReadFile(k.first)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fail(err)
	}
	line := knownhosts.Line([]string{knownhosts.Normalize(address)}, key) + "\n"
	if len(old) > 0 && !bytes.HasSuffix(old, []byte("\n")) {
		line = "\n" + line
	}
	// One write of one line in append mode: others may do the same at the same time.
	file, err := os.OpenFile(k.first, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fail(err)
	}
	_, err = file.WriteString(line)
	if err := errors.Join(err, file.Close()); err != nil {
		return fail(err)
	}
	return nil
}

// explain says what is wrong with a host key, and how to go on.
func (k hostKeys) explain(address string, key ssh.PublicKey, err error) error {
	if err == nil {
		return nil
	}
	shown := key.Type() + " " + ssh.FingerprintSHA256(key)
	var revoked *lines.RevokedError
	var known *lines.KeyError
	kind := drivers.HostKey
	switch {
	case errors.As(err, &revoked):
		err = fmt.Errorf("the host key of %s (%s) is marked as revoked in %s:%d; do not use that server until it has a new key",
			address, shown, revoked.Revoked.Filename, revoked.Revoked.Line)
	case errors.As(err, &known) && len(known.Want) > 0:
		want := known.Want[0]
		err = fmt.Errorf("the host key of %s has changed: %s:%d has %s %s, the server shows %s; somebody may be listening in, "+
			"or the server was installed again: then remove the old key with: ssh-keygen -R %s -f %s", address,
			want.Filename, want.Line, want.Key.Type(), ssh.FingerprintSHA256(want.Key), shown,
			drivers.QuoteShell(knownhosts.Normalize(address)), drivers.QuoteShell(want.Filename))
	case errors.As(err, &known):
		kind = drivers.HostKeyUnknown
		err = fmt.Errorf("the host key of %s is not known: no line for it in %s; the server shows %s; once you have compared that "+
			"with the server's own, add this line to %s: %s", address, strings.Join(k.files, ", "), shown, k.files[0],
			knownhosts.Line([]string{knownhosts.Normalize(address)}, key))
	default:
		err = fmt.Errorf("verifying the host key of %s (%s): %w", address, shown, err)
	}
	return &drivers.Error{Kind: kind, Err: err}
}
