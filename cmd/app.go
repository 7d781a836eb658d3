package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
	"clusterctl/drivers"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// World is how commands reach what is outside this machine's files. Tests bring their own.
type World = session.World

// Target says which members to reach and how.
type Target = session.Target

// console is what every command works with: the streams of a person or a program, and the session.
type console struct {
	Streams
	*session.Session
	paint render.Paint
	// format is that of --format.
	format string
	// outputDir is the folder of --output-dir.
	outputDir string
	// commands is where those of a workflow go: cleaned, and past what breaks them in anybody's text.
	commands io.Writer
	// given are the flags of the command line, for hints that repeat it.
	given []string
	// inputs are those of the command, for the same.
	inputs []string
	// inSandbox is the flag that puts a command line into the sandbox that this one is in; empty for real servers.
	inSandbox string
	// journal, sandboxDir and connect are the values of those flags.
	journal, sandboxDir, connect string
	// compact leaves values and harmless steps out of plans.
	compact bool
	// noRehearse leaves rehearsals out.
	noRehearse bool
	// screen is the terminal, nil where there is none that can show live lines.
	screen *screen
	// out is where all output goes that has a page or more; with noPager never through a pager.
	out     *output
	noPager bool
	app     *cli.App
	// help is where texts of help go.
	help *folder
	// values has all that may stand for the value of a flag.
	values map[cli.Flag][]string
}

// commands lists all commands in the order of the help text. A new command is a function, one line here and its
// text in help.
func commands(c *console) []*cli.Command {
	return c.paging([]*cli.Command{
		validateCommand(c), planCommand(c), applyCommand(c),
		statusCommand(c), showCommand(c), listCommand(c), exportCommand(c), whatifCommand(c), doctorCommand(c),
		initCommand(c), importCommand(c), formatCommand(c), diffCommand(c), renderCommand(c), removeCommand(c),
		recoverCommand(c), upgradeCommand(c), lockCommand(c),
		journalCommand(c),
		sandboxCommand(c), demoCommand(c),
		explainCommand(c), schemaCommand(c), completionCommand(c), manCommand(c), versionCommand(c),
		completeCommand(c),
	}, "plan", "status", "show", "list", "export", "whatif", "diff", "render", "journal", "explain", "schema")
}

// Run runs one command line, without the program's name, and returns the exit code. It does not panic and does
// not exit.
func Run(streams Streams, world World, args []string) (code ExitCode) {
	screen := streams.screen()
	out := &output{Writer: screen.above(streams.Out, streams.OutTerminal)}
	streams.Err = screen.above(streams.Err, streams.ErrTerminal)
	streams = streams.cleaned(out)
	defer func() {
		if cause := recover(); cause != nil {
			fmt.Fprintf(streams.Err, "%s\nError: clusterctl itself went wrong: %v\n"+
				"The stack is above. Please report it with the command line; leave secrets out.\n"+
				"If an apply was running: run it again, it goes on from what the database says.\n", debug.Stack(), cause)
			code = session.ExitError
		}
	}()
	ctx, signals, done := session.Watch(context.Background(), streams.Signals)
	defer done()
	c := newConsole(streams, world)
	c.screen, c.out = screen, out
	ctx = drivers.Hearing(ctx, newWaits(screen, streams.Err).begin)
	c.commands, c.Session.Signals = &cleaner{to: out}, signals
	app := newApp(c)
	app.Setup()
	sorted, given := sortArguments(app, args)
	c.given = given
	err := app.RunContext(ctx, append([]string{app.Name}, sorted...))
	c.help.close()
	out.close()
	if err == nil || out.err != nil && errors.Is(err, out.err) {
		err = out.failed()
	}
	c.report(err)
	return signals.CodeOf(err)
}

func newConsole(streams Streams, world World) *console {
	var askHiddenly func(ctx context.Context, what string, opens func(typed []byte) error) error
	if in, ok := streams.In.(*os.File); ok && streams.interactive() && streams.ErrTerminal {
		askHiddenly = func(ctx context.Context, what string, opens func([]byte) error) error {
			return askHidden(ctx, streams.Err, in, what, opens)
		}
	}
	return &console{Streams: streams, values: map[cli.Flag][]string{}, Session: &session.Session{World: world,
		Machine:  session.Machine{In: streams.In, Getenv: streams.Getenv, Hashes: map[string]string{}},
		Registry: kinds.Registry(), Warn: func(err error) { warn(streams, err) }, AskHidden: askHiddenly}}
}

// warn says what went otherwise than wished and stops nothing.
func warn(s Streams, err error) {
	if invalid, ok := errors.AsType[*session.InvalidError](err); ok {
		fmt.Fprintf(s.Err, "warning: the preseed is not valid (see clusterctl validate %s); its members are used all the same\n",
			session.Quoted(invalid.Files))
		return
	}
	fmt.Fprintf(s.Err, "Note: %s\n", render.Clean(err.Error()))
}

// report says what went wrong and how to go on: in the sandbox, if the command was there.
func (c *console) report(err error) {
	if err == nil || err.Error() == "" {
		return
	}
	found := session.InvalidIn(err).Found
	if c.format != "json" {
		c.diagnostics(found)
	}
	if c.format == "github" {
		if len(found) == 0 {
			found = schema.Diagnostics{{Severity: schema.SeverityError, Summary: render.ErrorText(err),
				Hint: session.HintFor(err, c.inputs)}}
		}
		render.Annotations(c.commands, found)
	}
	out := c.folded(c.Err, false)
	defer out.close()
	fmt.Fprintf(out, "Error: %s\n", strings.ReplaceAll(render.Clean(render.ErrorText(err)), "\n", "\n       "))
	if hint := session.HintFor(err, c.inputs); hint != "" {
		fmt.Fprintf(out, "%s\n", render.Clean(c.sameServers(hint)))
	}
}

// sameServers makes the command lines of a hint reach the servers that this one did: those of a sandbox, or real ones.
func (c *console) sameServers(hint string) string {
	if c.inSandbox == "" || strings.Contains(hint, "--help") {
		return hint
	}
	return strings.ReplaceAll(hint, "clusterctl ", "clusterctl "+c.inSandbox+" ")
}

func newApp(c *console) *cli.App {
	var g globals
	closeLog := func() {}
	app := &cli.App{
		Name:        "clusterctl",
		Usage:       "form and change a whole LXD or Incus cluster from one preseed",
		UsageText:   "clusterctl COMMAND [flags] [FILE | DIR | -]...",
		Description: helpText("clusterctl.txt"),
		Version:     c.Version,
		HideVersion: true,
		ErrWriter:   c.Err,
		Flags:       c.globalFlags(&g),
		Commands:    commands(c),
		// The exit code is decided in one place, Run.
		ExitErrHandler: func(*cli.Context, error) {},
		OnUsageError:   usageError,
		Before: func(ctx *cli.Context) error {
			logged, done, err := withLog(ctx.Context, c.Err, g.level, g.file)
			if err != nil {
				return err
			}
			ctx.Context, closeLog = logged, done
			return c.settle(ctx, g)
		},
		After: func(*cli.Context) error { closeLog(); return nil },
		Action: func(ctx *cli.Context) error {
			switch {
			case g.version:
				return versionCommand(c).Run(ctx, "version")
			case !ctx.Args().Present():
				return cli.ShowAppHelp(ctx)
			}
			return usage(nearCommand(ctx.App, ctx.Args().First()), "no command %q", ctx.Args().First())
		},
	}
	c.app, c.help = app, c.folded(c.Out, true)
	app.Writer = c.help
	c.ownVariables()
	return app
}

// usage is the error of a command line that cannot be meant so.
func usage(hint, format string, args ...any) error {
	return session.Fail(session.ExitUsage, hint, fmt.Errorf(format, args...))
}

func usageError(c *cli.Context, err error, _ bool) error {
	hint := "Run 'clusterctl --help'."
	if c.Command != nil && c.Command.Name != "" && c.Command.Name != c.App.Name {
		hint = fmt.Sprintf("Run '%s --help'.", c.Command.HelpName)
	}
	if name, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -"); ok {
		name = dashed(strings.TrimLeft(name, "-"))
		known := slices.Concat(schema.Map(slices.Concat(c.Command.Flags, c.App.Flags), names)...)
		near := schema.DidYouMean(name, known)
		return usage(strings.TrimSpace(near+" "+hint), "no flag %s", name)
	}
	var value, flag string
	if n, _ := fmt.Sscanf(err.Error(), "invalid value %q for flag -%s", &value, &flag); n == 2 {
		flag = strings.TrimSuffix(flag, ":")
		if _, isDuration := findFlag(append(c.Command.Flags, c.App.Flags...), flag).(*cli.DurationFlag); isDuration {
			hint = "Write a number and its unit, such as 30s, 5m or 1h."
		}
		return usage(hint, "cannot use %q for %s", value, dashed(flag))
	}
	return session.Fail(session.ExitUsage, hint, err)
}

// nearCommand says which command was probably meant.
func nearCommand(app *cli.App, word string) string {
	names := schema.Map(visible(app), func(c *cli.Command) string { return c.Name })
	return strings.TrimSpace(schema.DidYouMean(word, names) + " Run 'clusterctl --help' for the list.")
}
