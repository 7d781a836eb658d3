package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/crypto/ssh"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// Ring keeps what somebody has typed, for all connections: encrypted keys that are open, and passwords for sudo. The
// zero value has none, and asks nobody.
type Ring struct {
	// Ask asks for what is named, "passphrase of FILE", until opens takes what is typed. It fails when nobody gives it.
	Ask func(ctx context.Context, what string, opens func(typed []byte) error) error

	mu     sync.Mutex
	opened map[string]opened
	// passwords are those for sudo, by user@host:port; last is the newest of each user.
	passwords, last map[string][]byte
}

// opened is a key, or why there is none: nobody is asked twice.
type opened struct {
	key ssh.Signer
	err error
}

// open opens the key that a file has as text. It is false where nobody can be asked.
func (r *Ring) open(ctx context.Context, file string, text []byte) (ssh.Signer, bool, error) {
	if r == nil || r.Ask == nil {
		return nil, false, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.opened[file]; ok {
		return known.key, true, known.err
	}
	var found opened
	found.err = r.Ask(ctx, "passphrase of "+file, func(passphrase []byte) (err error) {
		found.key, err = ssh.ParsePrivateKeyWithPassphrase(text, passphrase)
		return err
	})
	r.opened = schema.With(r.opened, file, found)
	return found.key, true, found.err
}

// Unlock asks for the passphrases that connecting to a server will need, if any: before the time for it runs. What goes
// wrong is told when it is connected to.
func Unlock(ctx context.Context, c Config) {
	hosts, err := resolve(c)
	if err != nil || c.Ring == nil || c.Ring.Ask == nil {
		return
	}
	for _, h := range hosts {
		if l, err := h.login(ctx); err == nil {
			l.close()
		}
	}
}

// PasswordError is for a user whom sudo asks for a password.
type PasswordError struct{ user string }

// Error implements error.
func (e *PasswordError) Error() string {
	return fmt.Sprintf("sudo does not let %s become root without being asked: a password is required; it takes a rule with "+
		"NOPASSWD in its sudoers, or somebody at a terminal who types it", e.user)
}

// password is what sudo is told on that server; nil for a user whom it does not ask.
func (r *Ring) password(end host) []byte {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.passwords[end.String()]
}

// AskPassword asks for the password of a user whom sudo wants one from, for later connections to the same server. That
// of the same user elsewhere is tried first.
func AskPassword(ctx context.Context, c Config) error {
	client, err := Dial(ctx, c)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }() // it was for this alone
	end := client.end
	opens := func(typed []byte) error {
		client.password = bytes.Clone(typed)
		out, err := client.runLine(ctx, "trying sudo on "+end.name, client.shellLine("exit 0"), nil, maxErrors)
		if err == nil && out.Exit != 0 {
			err = errors.New("sudo does not take it")
		}
		return err
	}
	c.Ring.mu.Lock()
	defer c.Ring.mu.Unlock()
	if last := c.Ring.last[end.user]; last == nil || opens(last) != nil {
		if err := c.Ring.Ask(ctx, fmt.Sprintf("password of %s for sudo on %s", end.user, end.name), opens); err != nil {
			return fmt.Errorf("nobody gave the password for sudo: %w", err)
		}
	}
	if c.Ring.passwords == nil {
		c.Ring.passwords, c.Ring.last = map[string][]byte{}, map[string][]byte{}
	}
	c.Ring.passwords[end.String()], c.Ring.last[end.user] = client.password, client.password
	return nil
}

// told is the input of a command line of [Client.shellLine]: the password, if sudo wants one, and what the command
// reads.
func (c *Client) told(input []byte) []byte {
	if !c.sudo || c.password == nil {
		return input
	}
	return slices.Concat(c.password, []byte("\n"), input)
}

// refusal is how sudo refused, as an error.
func (c *Client) refusal(said string) error {
	if said == "a password is required" && c.password == nil {
		return &drivers.Error{Kind: drivers.Denied, Err: &PasswordError{c.user}}
	}
	return &drivers.Error{Kind: drivers.Denied, Err: fmt.Errorf(
		"sudo does not let %s become root without being asked: %s; it takes a rule with NOPASSWD in its sudoers", c.user,
		said)}
}
