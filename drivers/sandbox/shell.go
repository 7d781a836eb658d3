package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"clusterctl/drivers/sandbox/sshd"
)

// command is one command that the pretended hosts know, by words that its text has.
type command struct {
	words string
	run   func(m *member, ctx context.Context, c sshd.Command) error
}

// commands are tried in order. They cover what the packages ssh and drivers send, no more: this is no shell.
var commands = []command{
	{"cat server.crt", (*member).printFiles},
	{"database/local.db", (*member).printFolders},
	{"cluster show", (*member).printRaft},
	{"cluster list-database", (*member).printVoters},
	{"cluster recover-from-quorum-loss", func(m *member, ctx context.Context, _ sshd.Command) error { return m.recover(ctx) }},
	{"waitready", func(m *member, ctx context.Context, _ sshd.Command) error { return m.waitReady(ctx) }},
	{"tar -C", func(*member, context.Context, sshd.Command) error { return nil }},
	{"systemctl is-active", (*member).printActive},
	{"systemctl stop", func(m *member, _ context.Context, _ sshd.Command) error { m.kill(); return nil }},
	{"systemctl start", func(m *member, ctx context.Context, _ sshd.Command) error { return m.run(ctx) }},
	{"systemctl restart", func(m *member, ctx context.Context, _ sshd.Command) error { m.kill(); return m.run(ctx) }},
	{"apt-get", func(m *member, _ context.Context, _ sshd.Command) error { m.installed = upgradedExtensions; return nil }},
}

// exit is the status of a command that fails without a word.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// exec answers a command.
func (m *member) exec(ctx context.Context, c sshd.Command) int {
	m.world.mu.Lock()
	defer m.world.mu.Unlock()
	for _, known := range commands {
		if !strings.Contains(c.Line, known.words) {
			continue
		}
		err := errors.Join(known.run(m, ctx, c), m.world.save())
		var status exit
		switch {
		case errors.As(err, &status):
			return int(status)
		case err != nil:
			fmt.Fprintf(c.Stderr, "Error: %v\n", err)
			return 1
		}
		return 0
	}
	fmt.Fprintln(c.Stderr, "sh: command not found")
	return 127
}

func (m *member) printActive(_ context.Context, c sshd.Command) error {
	if m.up {
		fmt.Fprintln(c.Stdout, "active")
		return nil
	}
	fmt.Fprintln(c.Stdout, "inactive")
	return exit(3)
}

// printFolders prints the daemon's folder if it was ever in a cluster.
func (m *member) printFolders(ctx context.Context, c sshd.Command) error {
	nodes, err := m.raftNodes(ctx)
	if len(nodes) > 0 {
		fmt.Fprintln(c.Stdout, stateDir)
	}
	return err
}

// raftNodes are the rows of raft_nodes in the member's own database, which is there while the daemon is not.
func (m *member) raftNodes(ctx context.Context) (rows [][]string, err error) {
	err = view(ctx, m.local, func(t *tx) error {
		rows = t.rows("SELECT id,name,address,role FROM raft_nodes ORDER BY id")
		return nil
	})
	return rows, err
}

var raftRoles = map[string]string{"0": "voter", "1": "stand-by", "2": "spare"}

// printRaft prints what "lxd cluster show" does.
func (m *member) printRaft(ctx context.Context, c sshd.Command) error {
	nodes, err := m.raftNodes(ctx)
	if len(nodes) == 0 {
		fmt.Fprintln(c.Stdout, "members: []")
		return err
	}
	fmt.Fprintf(c.Stdout, "# Latest dqlite segment ID: %d\n\nmembers:\n", m.segment)
	for _, n := range nodes {
		fmt.Fprintf(c.Stdout, "- id: %s\n  name: %s\n  address: %s\n  role: %s\n", n[0], n[1], n[2], raftRoles[n[3]])
	}
	return err
}

// printVoters prints what "lxd cluster list-database" does.
func (m *member) printVoters(ctx context.Context, c sshd.Command) error {
	nodes, err := m.raftNodes(ctx)
	width := len("ADDRESS")
	var voters []string
	for _, n := range nodes {
		if raftRoles[n[3]] == "voter" {
			voters, width = append(voters, n[2]), max(width, len(n[2]))
		}
	}
	line := "+" + strings.Repeat("-", width+2) + "+"
	left := (width - len("ADDRESS")) / 2
	fmt.Fprintf(c.Stdout, "%s\n| %s%-*s |\n%s\n", line, strings.Repeat(" ", left), width-left, "ADDRESS", line)
	for _, v := range voters {
		fmt.Fprintf(c.Stdout, "| %-*s |\n%s\n", width, v, line)
	}
	return err
}

func (m *member) waitReady(ctx context.Context) error {
	if m.up && !m.blocked(ctx) && m.cluster.quorum() {
		return nil
	}
	return errors.New("LXD still not running after 60s timeout")
}

// printFiles prints server.crt, server.key and, on a clustered member, cluster.crt.
func (m *member) printFiles(_ context.Context, c sshd.Command) error {
	if !strings.Contains(c.Line, stateDir) {
		fmt.Fprintln(c.Stderr, "sh: cd: can't cd to that folder")
		return exit(2)
	}
	fmt.Fprintf(c.Stdout, "%s\n%s\n", m.serverPair.certPEM, m.serverPair.keyPEM)
	if m.clusterPair != nil {
		fmt.Fprintf(c.Stdout, "%s", m.clusterPair.certPEM)
	}
	return nil
}

func removeKeyPair(dir, name string) error {
	var errs []error
	for _, ending := range []string{".crt", ".key"} {
		if err := os.Remove(filepath.Join(dir, name+ending)); !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
