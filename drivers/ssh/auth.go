package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"clusterctl/drivers"
)

// login is what is offered to a server to authenticate with.
type login struct {
	signers []ssh.Signer
	tried   []string // each key for people
	missed  []string // why other keys cannot be used
	locked  []*lockedError
	agent   net.Conn // nil without an agent
}

func (l *login) close() {
	if l.agent != nil {
		_ = l.agent.Close() // the agent needs no farewell
	}
}

func (l *login) methods() []ssh.AuthMethod { return []ssh.AuthMethod{ssh.PublicKeys(l.signers...)} }

func (l *login) add(s ssh.Signer, from string) {
	for _, have := range l.signers {
		if bytes.Equal(have.PublicKey().Marshal(), s.PublicKey().Marshal()) {
			return
		}
	}
	l.signers = append(l.signers, s)
	l.tried = append(l.tried, fmt.Sprintf("%s %s from %s", s.PublicKey().Type(), ssh.FingerprintSHA256(s.PublicKey()),
		from))
}

// login collects the keys to offer: the identity files that were named, then the agent's, then, when none was named,
// the usual files. sshd gives up after 6 by default, so the likely ones come first.
func (h host) login(ctx context.Context) (*login, error) {
	l := &login{}
	held, err := l.agentKeys(ctx, h.agentSocket)
	if err != nil {
		l.missed = append(l.missed, err.Error())
	}
	if h.identity != "" {
		err := l.identity(h.identity, held)
		if locked, ok := errors.AsType[*lockedError](err); ok {
			err = l.unlock(ctx, h.ring, locked)
		}
		if err != nil {
			l.close()
			return nil, &drivers.Error{Kind: drivers.Denied, Err: err}
		}
	}
	l.optional(h.identities, held)
	if !h.onlyIdentity {
		for _, key := range held {
			l.add(key, "the agent")
		}
	}
	if h.identity == "" && len(h.identities) == 0 {
		folder := filepath.Join(h.home, ".ssh")
		l.optional([]string{filepath.Join(folder, "id_ed25519"), filepath.Join(folder, "id_ecdsa"),
			filepath.Join(folder, "id_rsa")}, held)
	}
	for _, locked := range l.locked { // somebody is asked for those only where there is no other key
		if len(l.signers) == 0 {
			_ = l.unlock(ctx, h.ring, locked) // why it is not used is noted
		}
	}
	return l, nil
}

// lockedError is for a file with an encrypted key that the agent does not hold.
type lockedError struct {
	file string
	text []byte
}

// Error implements error.
func (e *lockedError) Error() string {
	return fmt.Sprintf("%s is encrypted and not held by an SSH agent; add it with: ssh-add %s", e.file, e.file)
}

// unlock adds an encrypted key with the passphrase that somebody types.
func (l *login) unlock(ctx context.Context, ring *Ring, locked *lockedError) error {
	key, asked, err := ring.open(ctx, locked.file, locked.text)
	switch {
	case !asked:
		return locked
	case err != nil:
		return fmt.Errorf("%s stays encrypted: %w", locked.file, err)
	}
	l.add(key, locked.file)
	return nil
}

// optional adds the keys of files that nobody insists on. Those that cannot be used are mentioned only when nothing
// else works.
func (l *login) optional(files []string, held []ssh.Signer) {
	for _, file := range files {
		err := l.identity(file, held)
		if locked, ok := errors.AsType[*lockedError](err); ok {
			l.locked = append(l.locked, locked)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			l.missed = append(l.missed, err.Error())
		}
	}
}

// identity adds the key of a file. An encrypted one is used through the agent, if that holds it.
func (l *login) identity(file string, held []ssh.Signer) error {
	text, err := drivers.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading the identity file: %w", err)
	}
	key, err := ssh.ParsePrivateKey(text)
	var locked *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &locked):
		for _, s := range held {
			if locked.PublicKey != nil && bytes.Equal(s.PublicKey().Marshal(), locked.PublicKey.Marshal()) {
				l.add(s, file+" through the agent")
				return nil
			}
		}
		return &lockedError{file, text}
	case err != nil:
		return fmt.Errorf("reading the identity file %s: %w", file, err)
	}
	l.add(key, file)
	return nil
}

func (l *login) agentKeys(ctx context.Context, socket string) ([]ssh.Signer, error) {
	if socket == "" {
		return nil, nil
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, fmt.Errorf("the agent does not answer: %w", err)
	}
	l.agent = conn
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	keys, err := agent.NewClient(conn).Signers()
	if err != nil {
		return nil, fmt.Errorf("the agent does not answer: %w", err)
	}
	return keys, nil
}

// explain turns a refused authentication into an error that says what was tried; other errors are returned as they
// are.
func (l *login) explain(h host, err error) error {
	if err == nil {
		return nil
	}
	text := err.Error() // x/crypto/ssh 0.58.0 has no type for it on the client's side
	hint := fmt.Sprintf("add the public key to ~%s/.ssh/authorized_keys there", h.user)
	switch {
	case strings.Contains(text, "Too many authentication failures"):
		hint = "it stopped listening after some of them: name the right one as identity_file, so that it comes first"
	case !strings.Contains(text, "unable to authenticate"):
		return err
	case len(l.tried) == 0:
		hint = "name an identity_file, or start an agent"
	}
	tried := "there was no key to offer"
	if len(l.tried) > 0 {
		tried = "tried publickey with " + strings.Join(l.tried, ", ")
	}
	if len(l.missed) > 0 {
		tried += "; not used: " + strings.Join(l.missed, ", ")
	}
	return &drivers.Error{Kind: drivers.Denied, Err: fmt.Errorf("the server does not let %s in (%s); %s", h.user, tried,
		hint)}
}
