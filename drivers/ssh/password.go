package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"clusterctl/drivers"
)

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
