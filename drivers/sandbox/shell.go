package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"clusterctl/drivers/sandbox/sshd"
)

// exec answers the named commands that the package ssh sends. It is no shell: it knows these texts.
func (m *member) exec(_ context.Context, c sshd.Command) int {
	m.world.mu.Lock()
	defer m.world.mu.Unlock()
	switch {
	case strings.Contains(c.Line, "cat server.crt"):
		if !strings.Contains(c.Line, stateDir) {
			fmt.Fprintln(c.Stderr, "sh: cd: can't cd to that folder")
			return 2
		}
		m.printFiles(c.Stdout)
		return 0
	case strings.Contains(c.Line, "systemctl is-active"):
		if m.up {
			fmt.Fprintln(c.Stdout, "active")
			return 0
		}
		fmt.Fprintln(c.Stdout, "inactive")
		return 3
	}
	fmt.Fprintln(c.Stderr, "sh: command not found")
	return 127
}

// printFiles prints server.crt, server.key and, on a clustered member, cluster.crt.
func (m *member) printFiles(w io.Writer) {
	fmt.Fprintf(w, "%s\n%s\n", m.serverPair.certPEM, m.serverPair.keyPEM)
	if m.clusterPair != nil {
		fmt.Fprintf(w, "%s", m.clusterPair.certPEM)
	}
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
