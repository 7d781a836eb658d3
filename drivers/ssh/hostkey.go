package ssh

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
	lines "golang.org/x/crypto/ssh/knownhosts"

	"clusterctl/drivers"
)

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
