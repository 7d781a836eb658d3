package cmd

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/session"
)

// sandboxSchema is the only layout that the sandbox has: that of LXD 5.0, database schema 60.
const sandboxSchema = "lxd-5.0"

func sandboxCommand(c *console) *cli.Command {
	var o session.SandboxOptions
	var dir string
	version := sandboxSchema
	return c.command("sandbox", func(ctx context.Context, words []string) (err error) {
		switch {
		case version != sandboxSchema:
			return usage("The one version is "+sandboxSchema+".", "the sandbox cannot pretend to be %q", version)
		case o.Members > 50:
			return usage("", "a sandbox has 1 to 50 servers, not %d", o.Members)
		}
		if o.Dir, err = sandboxDir(cmp.Or(dir, c.sandboxDir)); err != nil {
			return err
		}
		return c.sandbox(ctx, o, words)
	}, []cli.Flag{&cli.IntFlag{Name: "members", EnvVars: env("members"), DefaultText: "3", Destination: &o.Members,
		Usage: "start: make `N` servers"}}, text(&dir, "dir", "keep them in `DIR`; the same as --sandbox-dir"),
		text(&version, "schema", "start: pretend to be this `VERSION`: "+sandboxSchema), text(&o.Script, "fault",
			"start: switch the faults in `FILE` on, one a line"))
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

func (c *console) sandbox(ctx context.Context, o session.SandboxOptions, words []string) error {
	const hint = "Run 'clusterctl sandbox --help'."
	if len(words) == 0 {
		return usage(hint, "say what to do: start, stop, reset or fault")
	}
	word, rest := words[0], words[1:]
	switch {
	case len(rest) > 0 && word != "fault":
		return usage(hint, "sandbox %s takes no %q", word, rest[0])
	case word == "start":
		servers, err := session.StartServers(ctx, o)
		return c.servers(o.Dir, servers, err)
	case word == "reset":
		servers, err := session.ResetServers(ctx, o.Dir)
		return c.servers(o.Dir, servers, err)
	case word == "stop":
		if err := session.DiscardServers(o.Dir); err != nil {
			return err
		}
		fmt.Fprintf(c.Out, "Removed the sandbox in %s.\n", o.Dir)
		return nil
	case word == "fault" && len(rest) == 0:
		return usage(hint, "say which fault")
	case word == "fault":
		servers, err := session.SwitchFault(ctx, o.Dir, rest)
		if err == nil {
			c.daemons(servers)
		}
		return err
	}
	return usage(hint, "no sandbox %s", word)
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
