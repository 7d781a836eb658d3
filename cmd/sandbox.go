package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"clusterctl/drivers/sandbox"
)

// sandboxSchema is the only layout that the sandbox has: that of LXD 5.0, database schema 60.
const sandboxSchema = "lxd-5.0"

type sandboxOptions struct {
	dir     string
	members int
	script  string
}

func sandboxCommand(s *session) *cli.Command {
	return &cli.Command{
		Name:      "sandbox",
		Usage:     "try things on pretended servers: start, break and remove them",
		ArgsUsage: "start | stop | reset | fault FAULT...",
		Description: `A sandbox is a folder with pretended LXD servers. Every command uses it instead of real servers
when it is given --sandbox; the servers run while such a command runs, and keep their state between
two commands. A preseed needs no change: each of its members is the server of the same name, made when
it is first named, whatever the connection in the preseed says.

start         make the servers node1, node2, ... before a preseed names any, and show them
stop          remove the servers and all they know
reset         give back the same servers as new, and switch all faults off
fault FAULT   let something go wrong from now on, for instance:
                offline node3
                slow node2 PUT /1.0/cluster delay=3s
                refuse node1 POST /1.0/profiles times=2 status=500 text=disk quota exceeded
                drop-join node3 stage=enter times=1
              kinds: offline, lose-leader, slow, refuse, precondition, drop, drop-join,
              die-after-phase-one, disk-full; they are told in docs/sandbox.md
fault heal    switch all faults off; fault restart NODE: start a server that was switched off`,
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "members", EnvVars: env("members"), DefaultText: "3", Usage: "start: make `N` servers"},
			&cli.StringFlag{Name: "dir", EnvVars: env("dir"), Usage: "keep them in `DIR`; the same as --sandbox-dir"},
			&cli.StringFlag{Name: "schema", EnvVars: env("schema"), Value: sandboxSchema, Usage: "start: pretend to be this `VERSION`: " + sandboxSchema},
			&cli.StringFlag{Name: "fault", EnvVars: env("fault"), Usage: "start: switch the faults in `FILE` on, one a line"},
		},
		Action: func(c *cli.Context) error {
			if dir := c.String("dir"); dir != "" {
				if err := c.Set("sandbox-dir", dir); err != nil {
					return err
				}
			}
			opts := sandboxOptions{members: c.Int("members"), script: c.String("fault")}
			if v := c.String("schema"); v != sandboxSchema {
				return fail(ExitUsage, "The one version is "+sandboxSchema+".", fmt.Errorf("the sandbox cannot pretend to be %q", v))
			}
			if opts.members < 0 || opts.members > 50 {
				return fail(ExitUsage, "", fmt.Errorf("a sandbox has 1 to 50 servers, not %d", opts.members))
			}
			var err error
			if opts.dir, err = sandboxDir(c); err != nil {
				return err
			}
			return sandboxAction(c.Context, s, opts, c.Args().Slice())
		},
	}
}

func sandboxAction(ctx context.Context, s *session, opts sandboxOptions, words []string) error {
	usage := func(format string, args ...any) error {
		return fail(ExitUsage, "Run 'clusterctl sandbox --help'.", fmt.Errorf(format, args...))
	}
	if len(words) == 0 {
		return usage("say what to do: start, stop, reset or fault")
	}
	if len(words) > 1 && words[0] != "fault" {
		return usage("sandbox %s takes no %q", words[0], words[1])
	}
	switch words[0] {
	case "start":
		return startServers(ctx, s, opts)
	case "stop":
		if err := discardSandbox(opts.dir); err != nil {
			return err
		}
		fmt.Fprintf(s.Out, "Removed the sandbox in %s.\n", opts.dir)
		return nil
	case "reset":
		return resetServers(ctx, s, opts)
	case "fault":
		if len(words) == 1 {
			return usage("say which fault")
		}
		return switchFault(ctx, s, opts, words[1:])
	}
	return usage("no sandbox %s", words[0])
}

// startServers makes the servers, or more of them, and shows how to go on.
func startServers(ctx context.Context, s *session, opts sandboxOptions) error {
	var faults []sandbox.Fault
	if opts.script != "" {
		script, err := os.ReadFile(opts.script)
		if err != nil {
			return fmt.Errorf("reading faults: %w", err)
		}
		if faults, err = sandbox.ParseFaults(string(script)); err != nil {
			return fail(ExitUsage, "", fmt.Errorf("%s: %w", opts.script, err))
		}
	}
	var names []string
	for i := range opts.members {
		names = append(names, fmt.Sprintf("node%d", i+1))
	}
	return useSandbox(ctx, sandbox.Config{Dir: opts.dir, Names: names}, func(w *sandbox.World) error {
		if err := injectAll(ctx, w, faults); err != nil {
			return err
		}
		return showServers(s, w)
	})
}

func resetServers(ctx context.Context, s *session, opts sandboxOptions) error {
	if err := existingSandbox(opts.dir); err != nil {
		return err
	}
	var names []string
	err := useSandbox(ctx, sandbox.Config{Dir: opts.dir}, func(w *sandbox.World) error {
		for _, m := range w.Members() {
			names = append(names, m.Name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := discardSandbox(opts.dir); err != nil {
		return err
	}
	return useSandbox(ctx, sandbox.Config{Dir: opts.dir, Names: names}, func(w *sandbox.World) error { return showServers(s, w) })
}

func switchFault(ctx context.Context, s *session, opts sandboxOptions, words []string) error {
	if err := existingSandbox(opts.dir); err != nil {
		return err
	}
	return useSandbox(ctx, sandbox.Config{Dir: opts.dir}, func(w *sandbox.World) error {
		if err := inject(ctx, w, words); err != nil {
			return fail(ExitUsage, "Run 'clusterctl sandbox --help'.", err)
		}
		return showDaemons(s, w)
	})
}

func inject(ctx context.Context, w *sandbox.World, words []string) error {
	switch {
	case words[0] == "heal" && len(words) == 1:
		return w.Heal()
	case words[0] == "restart" && len(words) == 2:
		return w.Restart(ctx, words[1])
	}
	faults, err := sandbox.ParseFaults(strings.Join(words, " "))
	if err != nil {
		return err
	}
	return injectAll(ctx, w, faults)
}

func injectAll(ctx context.Context, w *sandbox.World, faults []sandbox.Fault) error {
	for _, f := range faults {
		if err := w.Inject(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// useSandbox runs fn on the world of a folder.
func useSandbox(ctx context.Context, config sandbox.Config, fn func(*sandbox.World) error) error {
	world, err := startSandbox(ctx, config)
	if err != nil {
		return err
	}
	return errors.Join(fn(world), world.Close())
}

// existingSandbox refuses a folder in which no sandbox was started.
func existingSandbox(dir string) error {
	if sandbox.Exists(dir) {
		return nil
	}
	return fail(ExitUsage, "Start one: clusterctl sandbox start.", fmt.Errorf("there is no sandbox in %s", dir))
}

func discardSandbox(dir string) error {
	if err := existingSandbox(dir); err != nil {
		return err
	}
	err := sandbox.Discard(dir)
	if errors.Is(err, sandbox.ErrInUse) {
		return fail(ExitLocked, "Wait for it.", err)
	}
	return err
}

// showDaemons prints the servers as a table.
func showDaemons(s *session, w *sandbox.World) error {
	table := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "SERVER\tHTTPS\tSSH\tDAEMON\n")
	for _, m := range w.Members() {
		daemon := "runs"
		if !m.Up {
			daemon = "stopped"
		}
		fmt.Fprintf(table, "%s\t%s\t%s:%d\t%s\n", m.Name, m.Address, m.SSHHost, m.SSHPort, daemon)
	}
	return table.Flush()
}

// showServers prints the servers and how to use them.
func showServers(s *session, w *sandbox.World) error {
	if err := showDaemons(s, w); err != nil {
		return err
	}
	_, err := fmt.Fprintf(s.Out, `
They are in %s and run while a command uses them.
Next:  clusterctl plan preseed.yaml --sandbox-dir %s
       clusterctl apply preseed.yaml --sandbox-dir %[2]s
`, w.Dir(), quoted([]string{w.Dir()}))
	return err
}
