package cmd

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/session"
)

func sandboxCommand(c *console) *cli.Command {
	o := session.SandboxOptions{}
	var dir string
	verb := func(name string, do func(context.Context, []string) error, sets ...[]cli.Flag) *cli.Command {
		return c.command("sandbox "+name, func(ctx context.Context, words []string) (err error) {
			if len(words) > 0 && name != "fault" {
				return usage("Run 'clusterctl sandbox --help'.", "sandbox %s takes no %q", name, words[0])
			}
			if o.Dir, err = sandboxDir(cmp.Or(dir, c.sandboxDir)); err != nil {
				return err
			}
			return do(ctx, words)
		}, slices.Concat(sets...), text(&dir, "dir", "keep them in `DIR`; the same as --sandbox-dir"))
	}
	return c.group("sandbox",
		verb("start", func(ctx context.Context, _ []string) error {
			servers, err := session.StartServers(ctx, o)
			return c.servers(o.Dir, servers, err)
		},
			[]cli.Flag{&cli.IntFlag{Name: "members", EnvVars: env("members"), DefaultText: "3", Destination: &o.Members,
				Usage: "make `N` servers, 1 to 50", Action: checkSandboxMembers}},
			text(&o.Server, "server", "pretend to be `PRODUCT-VERSION`, such as lxd-6.9 (default: lxd-5.0.2)"),
			text(&o.Script, "fault", "switch the faults in `FILE` on, one a line")),
		verb("stop", func(context.Context, []string) error {
			err := session.DiscardServers(o.Dir)
			if err == nil {
				fmt.Fprintf(c.Out, "Removed the sandbox in %s.\n", o.Dir)
			}
			return err
		}),
		verb("reset", func(ctx context.Context, _ []string) error {
			servers, err := session.ResetServers(ctx, o.Dir)
			return c.servers(o.Dir, servers, err)
		}),
		verb("fault", func(ctx context.Context, words []string) error { return c.fault(ctx, o.Dir, words) }))
}

func checkSandboxMembers(_ *cli.Context, n int) error {
	if n < 1 || n > 50 {
		return usage("Give --members a number from 1 to 50.", "a sandbox has 1 to 50 servers, not %d", n)
	}
	return nil
}

func (c *console) fault(ctx context.Context, dir string, words []string) error {
	if len(words) == 0 {
		return usage("Run 'clusterctl sandbox fault --help'.", "say which fault")
	}
	servers, err := session.SwitchFault(ctx, dir, words)
	if err == nil {
		c.daemons(servers)
	}
	return err
}

// sandboxDir returns the folder of the sandbox that somebody named, or the usual one.
func sandboxDir(named string) (string, error) {
	if named != "" {
		return filepath.Abs(named)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", usage("Name a folder with --sandbox-dir.", "there is no cache folder for the sandbox: %w", err)
	}
	return filepath.Join(cache, "clusterctl", "sandbox"), nil
}

// servers prints the servers and how to use them.
func (c *console) servers(dir string, servers []session.SandboxServer, err error) error {
	if err != nil {
		return err
	}
	c.daemons(servers)
	fmt.Fprintf(c.Out, `
They are in %s and run while a command uses them.
Next:  clusterctl plan preseed.yaml --sandbox-dir %s
       clusterctl apply preseed.yaml --sandbox-dir %[2]s
`, dir, session.Quoted([]string{dir}))
	return nil
}

// daemons prints the servers as a table.
func (c *console) daemons(servers []session.SandboxServer) {
	table := tabwriter.NewWriter(c.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "SERVER\tHTTPS\tSSH\tDAEMON\n")
	for _, m := range servers {
		daemon := "runs"
		if !m.Up {
			daemon = "stopped"
		}
		fmt.Fprintf(table, "%s\t%s\t%s:%d\t%s\n", m.Name, m.Address, m.SSHHost, m.SSHPort, daemon)
	}
	_ = table.Flush()
}
