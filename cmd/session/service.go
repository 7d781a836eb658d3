package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"clusterctl/drivers"
	"clusterctl/plan/care"
	"clusterctl/schema"
)

// findDaemon finds out where the member's daemon keeps its state, and how it is handled there.
func findDaemon(ctx context.Context, shell drivers.Shell, m schema.Member, given schema.Service) (care.Daemon, error) {
	d := care.Daemon{Folder: folderOf(m.Connection)}
	if d.Folder == "" {
		out, err := runOn(ctx, shell, m, d, drivers.TaskFind)
		if err != nil {
			return d, err
		}
		if d.Folder, _, _ = strings.Cut(strings.TrimSpace(out), "\n"); d.Folder == "" {
			return d, errors.New("none of the usual folders has a daemon's database")
		}
	}
	s, known := drivers.ServiceOf(d.Folder)
	d.Binary = s.Binary
	if !known {
		out, err := runOn(ctx, shell, m, d, drivers.TaskProduct)
		if err != nil {
			return d, err
		}
		d.Binary = strings.TrimSpace(out)
	}
	d.Stop, d.Start = cmp.Or(given.Stop, s.Stop), cmp.Or(given.Start, s.Start)
	d.Restart, d.Upgrade = cmp.Or(given.Restart, s.Restart), cmp.Or(given.Upgrade, s.Upgrade)
	d.StopsInstances = given.Stop == "" && s.StopsInstances
	if given.Upgrade == "" {
		d.Prepare = s.Prepare
	}
	return d, nil
}

// folderOf is the folder of the socket that a connection names, empty when it names none.
func folderOf(c schema.Connection) string {
	switch {
	case c.SSH != nil && c.SSH.Socket != "":
		return path.Dir(c.SSH.Socket)
	case c.Unix != nil:
		return filepath.Dir(c.Unix.Socket)
	}
	return ""
}

// runOn runs a command that has to succeed, and returns what it prints.
func runOn(ctx context.Context, shell drivers.Shell, m schema.Member, d care.Daemon,
	task drivers.Task) (string, error) {
	out, err := shell.Run(ctx, m.Name, drivers.Command{Task: task, Binary: d.Binary, Folder: d.Folder,
		Member: m.Name, Address: m.Address})
	if err == nil && out.Exit != 0 {
		err = fmt.Errorf("the command to %s exits with %d: %s", task, out.Exit, strings.TrimSpace(out.Stderr))
	}
	return out.Stdout, err
}
