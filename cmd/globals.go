package cmd

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/rs/zerolog"
	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
)

// globals are the flags of every command that concern no other part of it; the console has the rest.
type globals struct {
	sandbox, plain, version bool
	level, file, dump       string
}

func (c *console) globalFlags(g *globals) []cli.Flag {
	return flags(
		yes(&g.sandbox, "sandbox",
			"touch no server: let pretended ones stand for the preseed's members, whatever its connections say"),
		text(&c.sandboxDir, "sandbox-dir",
			"keep the pretended servers in `DIR`; implies --sandbox (default: clusterctl/sandbox in the user's cache "+
				"folder)"),
		text(&g.dump, "from-dump",
			"look at the dump of a cluster's database in `FILE` (- for standard input) and ask no server; for plan "+
				"and commands that only look"),
		text(&g.level, "log-level",
			"write a log for debugging: `LEVEL` is off, error, warn, info, debug or trace (default: off)"),
		text(&g.file, "log-file",
			"append the log to `FILE` instead of standard error; alone it means --log-level info"),
		yes(&g.version, "version", "print the version, as the command of that name does"),
		yes(&c.noPager, "no-pager", "show no output in a pager; also with PAGER=cat"),
		yes(&g.plain, "no-color",
			"do not colour; also with NO_COLOR set, and where the output is no terminal, unless FORCE_COLOR is set"),
	)
}

// settle makes the surroundings of a command what the flags ask for: a sandbox or a dump for servers, and colour.
func (c *console) settle(ctx *cli.Context, g globals) error {
	if g.sandbox || c.sandboxDir != "" {
		dir, err := sandboxDir(c.sandboxDir)
		if err != nil {
			return err
		}
		c.World = c.World.InSandbox(dir)
		c.inSandbox = session.Quoted([]string{"--sandbox-dir=" + dir})
	}
	c.paint = render.Color(c.color(g.plain))
	return c.lookAtDump(ctx, g.dump)
}

// withLog puts the logger that the global flags ask for into the context. It is off unless a level or a file is
// given. The returned function closes the file.
func withLog(ctx context.Context, stderr io.Writer, level, file string) (context.Context, func(), error) {
	if level == "" {
		level = "off"
		if file != "" {
			level = "info"
		}
	}
	if level == "off" {
		return zerolog.Nop().WithContext(ctx), func() {}, nil
	}
	parsed, err := zerolog.ParseLevel(level)
	if err != nil || parsed == zerolog.NoLevel {
		return nil, nil, usage("The levels are off, error, warn, info, debug and trace.", "unknown log level %q", level)
	}
	out, done := stderr, func() {}
	if file != "" {
		f, err := session.OpenLog(file)
		if err != nil {
			return nil, nil, fmt.Errorf("opening the log: %w", err)
		}
		out, done = &cleaner{to: f}, func() { _ = f.Close() } // nothing is left to tell it to
	}
	return zerolog.New(out).Level(parsed).With().Timestamp().Logger().WithContext(ctx), done, nil
}

// looking are the commands that a dump can stand in for a cluster for; offline are those that ask no cluster anyway.
const (
	looking = "plan status show list export whatif doctor"
	offline = "validate import fmt diff journal explain schema completion complete man version"
)

// lookAtDump puts the command line before the dump in the file, if one is named. A command that needs a cluster is
// refused.
func (c *console) lookAtDump(ctx *cli.Context, file string) error {
	command := ctx.App.Command(ctx.Args().First())
	if file == "" || command == nil || isOneOf(command.Name, offline) {
		return nil
	}
	hint := "Leave --from-dump out (and CLUSTERCTL_FROM_DUMP unset); 'clusterctl plan' shows what would be done."
	switch {
	case !isOneOf(command.Name, looking):
		return usage(hint, "%s needs the cluster itself; a dump of its database can only be looked at", command.Name)
	case file == "-" && slices.Contains(ctx.Args().Slice(), "-"):
		return usage("Put one of them into a file.", "both the dump and the preseed are to come from standard input")
	}
	c.Dump = file
	c.World = c.World.FromDump(c.Machine, file)
	return nil
}
