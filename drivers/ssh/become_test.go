package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"clusterctl/drivers"
	"clusterctl/schema"
)

func TestSudo(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	config := s.config()
	config.Home, config.Become = home(t, s), schema.BecomeSudo
	c := dial(t, config)
	// The account may become root; how is the far end's own matter, so any command line without it does here.
	s.set(func(b *behaviour) {
		b.command = func(line string) (string, uint32) {
			command, is := strings.CutPrefix(line, "exec sudo -n ")
			if !is {
				t.Errorf("not by sudo: %s", line)
			}
			return shell(command)
		}
	})
	folder := t.TempDir()
	write(t, filepath.Join(folder, "server.crt"), crt)
	write(t, filepath.Join(folder, "server.key"), key)
	if f, err := c.Files(t.Context(), folder); err != nil || string(f.ServerKey) != key {
		t.Errorf("got %q, %v", f, err)
	}
	_, err := c.Socket(t.Context())
	if !drivers.Is(err, drivers.Unreachable) {
		t.Errorf("without a daemon: got %v", err)
	}
	contains(t, fmt.Sprint(err), "is LXD or Incus installed and running")
}

func TestSudoRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		said string
		exit uint32
		kind drivers.Kind
		want string
	}{
		"asks": {"sudo: a password is required\n", 1, drivers.Denied,
			"sudo does not let ops become root without being asked: a password is required; it takes a rule with NOPASSWD"},
		"forbids": {"We trust you.\nsudo: ops is not in the sudoers file.\n", 1, drivers.Denied,
			"ops is not in the sudoers file"},
		"not installed": {"sh: 1: sudo: not found", 127, drivers.Denied, "it is not installed"},
		"no tool": {"none of socat, python3, perl, nc is installed there", 69, drivers.Unsupported,
			"none of socat, python3, perl, nc is installed there"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			config := s.config()
			config.Home, config.Become = home(t, s), schema.BecomeSudo
			s.set(func(b *behaviour) { b.command = func(string) (string, uint32) { return c.said, c.exit } })
			_, err := dial(t, config).Socket(t.Context())
			if !drivers.Is(err, c.kind) {
				t.Fatalf("got %v", err)
			}
			contains(t, err.Error(), c.want)
		})
	}
}

// TestSudoIsToldThePassword has a sudo that wants one, on two servers for the same user.
func TestSudoIsToldThePassword(t *testing.T) {
	t.Parallel()
	var asked []string
	ring := &Ring{Ask: func(_ context.Context, what string, opens func([]byte) error) error {
		asked = append(asked, what)
		if opens([]byte("wrong")) == nil {
			t.Error("sudo takes any password")
		}
		return opens([]byte("pass word"))
	}}
	for range 2 {
		s := newServer(t)
		config := s.config()
		config.Home, config.Become, config.Ring = home(t, s), schema.BecomeSudo, ring
		s.set(func(b *behaviour) { b.reads = askingSudo })
		_, err := dial(t, config).Socket(t.Context())
		if _, is := errors.AsType[*PasswordError](err); !is || !drivers.Is(err, drivers.Denied) {
			t.Fatalf("got %v", err)
		}
		if err := AskPassword(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		out, err := dial(t, config).Run(t.Context(), "test", "cat", []byte("input"), 100)
		if err != nil || out.Stdout != "input" {
			t.Errorf("got %q, %v", out.Stdout, err)
		}
	}
	if len(asked) != 1 || asked[0] != "password of ops for sudo on 127.0.0.1" {
		t.Errorf("asked for %q", asked)
	}
}

// askingSudo is a sudo that wants a password of two words, and a command that gives back what it reads.
func askingSudo(line string, in io.Reader) (string, uint32) {
	if strings.HasPrefix(line, "exec sudo -n ") {
		return "sudo: a password is required\n", 1
	}
	if !strings.HasPrefix(line, "exec sudo -k -S -p '' sh -c ") || strings.Contains(line, "pass word") {
		return "a strange command line: " + line, 2
	}
	text, _ := io.ReadAll(in) // what is missing is seen below
	password, rest, _ := strings.Cut(string(text), "\n")
	if password != "pass word" {
		return "sudo: 1 incorrect password attempt\n", 1
	}
	return rest, 0
}
