package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
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
	{"patch.local.sql", (*member).unbootstrap},
	{"still there: ", (*member).clearParts},
	{"there is data:", (*member).wipe},
	{"storage_pool() {", (*member).printRemains},
	{"cat server.crt", (*member).printFiles},
	{"database/local.db", (*member).printFolders},
	{"cluster show", (*member).printRaft},
	{"cluster recover-from-quorum-loss",
		func(m *member, ctx context.Context, _ sshd.Command) error { return m.recover(ctx) }},
	{"waitready", func(m *member, ctx context.Context, _ sshd.Command) error { return m.waitReady(ctx) }},
	{"stat -c", (*member).listDisk},
	{"tar -cf - --", (*member).readDisk},
	{"global.new", (*member).replaceDisk},
	{"-cf - global", (*member).readDisk},
	{"patch.global.sql", (*member).patchDisk},
	{"tar -C", (*member).archive},
	{"id -un", func(_ *member, _ context.Context, c sshd.Command) error {
		fmt.Fprint(c.Stdout, "0\nroot\n")
		return nil
	}},
	{"SubState=failed", (*member).revive},
	{"systemctl is-active", (*member).printActive},
	{"systemctl stop", func(m *member, _ context.Context, _ sshd.Command) error { m.kill(); return nil }},
	{"systemctl start", func(m *member, ctx context.Context, _ sshd.Command) error { return m.run(ctx) }},
	{"systemctl restart", func(m *member, ctx context.Context, _ sshd.Command) error { m.kill(); return m.run(ctx) }},
	{"apt-get install", func(m *member, _ context.Context, _ sshd.Command) error {
		m.Installed = len(m.world.server.Extensions) + newerExtensions
		return nil
	}},
	{"apt-get", func(*member, context.Context, sshd.Command) error { return nil }},
}

// exit is how a command fails that is not the daemon's.
type exit struct {
	code int
	text string
}

func (e exit) Error() string { return e.text }

// exec answers a command.
func (m *member) exec(ctx context.Context, c sshd.Command) int {
	m.world.mu.Lock()
	defer m.world.mu.Unlock()
	for _, known := range commands {
		if !strings.Contains(c.Line, known.words) {
			continue
		}
		err := m.world.faults.running(m, known.words)
		if err == nil {
			err = errors.Join(known.run(m, ctx, c), m.world.save())
		}
		var status exit
		switch {
		case errors.As(err, &status):
			fmt.Fprint(c.Stderr, status.text)
			return status.code
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
	if m.up() {
		fmt.Fprintln(c.Stdout, "active")
		return nil
	}
	fmt.Fprintln(c.Stdout, "inactive")
	return exit{code: 3}
}

// revive starts a daemon again that ended when it was started.
func (m *member) revive(ctx context.Context, c sshd.Command) error {
	if m.up() || !m.ended {
		return nil
	}
	fmt.Fprintln(c.Stdout, m.world.server.Product)
	return m.run(ctx)
}

// printFolders prints the daemon's folder if it was ever in a cluster.
func (m *member) printFolders(ctx context.Context, c sshd.Command) error {
	nodes, err := m.raftNodes(ctx)
	if len(nodes) > 0 {
		fmt.Fprintln(c.Stdout, m.world.server.Folder)
	}
	return err
}

// raftNodes are the rows of raft_nodes in the member's own database, which is there while the daemon is not.
func (m *member) raftNodes(ctx context.Context) ([][]string, error) {
	return m.local.rows(ctx, "SELECT id,name,address,role FROM raft_nodes ORDER BY id")
}

// printRaft prints what "lxd cluster show" does.
func (m *member) printRaft(ctx context.Context, c sshd.Command) error {
	nodes, err := m.raftNodes(ctx)
	if len(nodes) == 0 {
		fmt.Fprintln(c.Stdout, "members: []")
		return err
	}
	fmt.Fprintf(c.Stdout, "# Latest dqlite segment ID: %d\n\nmembers:\n", m.Segment)
	for _, n := range nodes {
		role, _ := strconv.Atoi(n[3]) // it is a number
		fmt.Fprintf(c.Stdout, "- id: %s\n  name: %s\n  address: %s\n  role: %s\n", n[0], n[1], n[2], raftRoles[role])
	}
	return err
}

func (m *member) waitReady(ctx context.Context) error {
	if m.up() && !m.blocked(ctx) && m.cluster.quorum() {
		return nil
	}
	return errors.New("LXD still not running after 60s timeout")
}

// printFiles prints server.crt, server.key and, on a clustered member, cluster.crt.
func (m *member) printFiles(_ context.Context, c sshd.Command) error {
	if !strings.Contains(c.Line, m.world.server.Folder) {
		return exit{2, "sh: cd: can't cd to that folder\n"}
	}
	fmt.Fprintf(c.Stdout, "%s\n%s\n", m.serverPair.certPEM, m.serverPair.keyPEM)
	if m.clusterPair != nil {
		fmt.Fprintf(c.Stdout, "%s", m.clusterPair.certPEM)
	}
	return nil
}

func removeKeyPair(dir, name string) error {
	if dir == "" {
		return nil
	}
	var errs []error
	for _, ending := range []string{".crt", ".key"} {
		if err := os.Remove(filepath.Join(dir, name+ending)); !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
