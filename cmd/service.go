package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"clusterctl/drivers"
	"clusterctl/plan/care"
	"clusterctl/schema"
)

// serviceCommandFlags returns the flags of those names.
func serviceCommandFlags(names ...string) []cli.Flag {
	usage := map[string]string{
		"stop-command":    "stop a daemon with `TEXT`, where no package is known (deb, snap, incus)",
		"start-command":   "start a daemon with `TEXT`",
		"restart-command": "restart a daemon with `TEXT`; it must not wait until the daemon is ready",
		"command":         "install the new version with `TEXT`, on each member's machine",
	}
	var flags []cli.Flag
	for _, name := range names {
		flags = append(flags, &cli.StringFlag{Name: name, EnvVars: env(name),
			Usage: usage[name] + "; a command line for sh that finds CLUSTERCTL_MEMBER, CLUSTERCTL_ADDRESS and LXD_DIR"})
	}
	return flags
}

// serviceFlagsOf returns the command lines of the flags, which count more than those of a preseed.
func serviceFlagsOf(c *cli.Context) schema.Service {
	return schema.Service{Stop: c.String("stop-command"), Start: c.String("start-command"), Restart: c.String("restart-command"), Upgrade: c.String("command")}
}

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
func runOn(ctx context.Context, shell drivers.Shell, m schema.Member, d care.Daemon, task drivers.Task) (string, error) {
	out, err := shell.Run(ctx, m.Name, drivers.Command{Task: task, Binary: d.Binary, Folder: d.Folder, Member: m.Name, Address: m.Address})
	if err == nil && out.Exit != 0 {
		err = fmt.Errorf("the command to %s exits with %d: %s", task, out.Exit, strings.TrimSpace(out.Stderr))
	}
	return out.Stdout, err
}
