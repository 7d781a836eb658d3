package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// session is what every command works with.
type session struct {
	Streams
	World
	reg schema.Registry
	// color reports that text output is coloured.
	color   bool
	signals *interrupts
	// inSandbox is the flag that puts a command line into the sandbox that this one is in; empty for real servers.
	inSandbox string
	// dump is the file of the dump that stands for the cluster; empty when there is none.
	dump string
}

// commands lists all commands in the order of the help text. A new command is one file and one line here.
func commands(s *session) []*cli.Command {
	return []*cli.Command{
		validateCommand(s), planCommand(s), applyCommand(s),
		statusCommand(s), showCommand(s), listCommand(s), exportCommand(s), whatifCommand(s), doctorCommand(s),
		initCommand(s), renderCommand(s), removeCommand(s), recoverCommand(s), upgradeCommand(s), lockCommand(s), journalCommand(s),
		sandboxCommand(s), demoCommand(s),
		explainCommand(s), schemaCommand(s), completionCommand(s), manCommand(s), versionCommand(s),
	}
}

// Run runs one command line, without the program's name, and returns the exit code. It does not panic and does
// not exit.
func Run(streams Streams, world World, args []string) (code ExitCode) {
	defer func() {
		if cause := recover(); cause != nil {
			fmt.Fprintf(streams.Err, "%s\nError: clusterctl itself went wrong: %v\n"+
				"The stack is above. Please report it with the command line; leave secrets out.\n"+
				"If an apply was running: run it again, it goes on from what the database says.\n", debug.Stack(), cause)
			code = ExitError
		}
	}()
	ctx, signals, done := watch(context.Background(), streams.Signals)
	defer done()
	s := &session{Streams: streams, World: world, reg: kinds.Registry(), signals: signals}
	app := newApp(s)
	app.Setup()
	err := app.RunContext(ctx, append([]string{app.Name}, sortArguments(app, args)...))
	report(streams, err, s.inSandbox)
	return signals.codeOf(err)
}

// report says what went wrong and how to go on: in the sandbox, if the command was there.
func report(s Streams, err error, inSandbox string) {
	if err == nil || err.Error() == "" || unread(err) {
		return
	}
	fmt.Fprintf(s.Err, "Error: %s\n", strings.ReplaceAll(err.Error(), "\n", "\n       "))
	if hint := hintOf(err); hint != "" {
		if inSandbox != "" {
			hint = strings.ReplaceAll(hint, "clusterctl ", "clusterctl "+inSandbox+" ")
		}
		fmt.Fprintf(s.Err, "%s\n", hint)
	}
}

// unread reports that nobody reads the output any more, as behind head.
func unread(err error) bool {
	var file *fs.PathError
	return errors.As(err, &file) && errors.Is(file, syscall.EPIPE)
}

func newApp(s *session) *cli.App {
	closeLog := func() {}
	app := &cli.App{
		Name:        "clusterctl",
		Usage:       "form and change a whole LXD cluster from one preseed",
		UsageText:   "clusterctl COMMAND [flags] [FILE | DIR | -]...",
		Description: appDescription,
		Version:     s.Version,
		HideVersion: true,
		Writer:      s.Out,
		ErrWriter:   s.Err,
		Flags:       globalFlags(),
		Commands:    commands(s),
		// The exit code is decided in one place, Run.
		ExitErrHandler: func(*cli.Context, error) {},
		OnUsageError:   usageError,
		Before: func(c *cli.Context) error {
			ctx, done, err := withLog(c.Context, s.Err, c.String("log-level"), c.String("log-file"))
			if err != nil {
				return err
			}
			c.Context, closeLog = ctx, done
			if c.Bool("sandbox") || c.String("sandbox-dir") != "" {
				dir, err := sandboxDir(c)
				if err != nil {
					return err
				}
				s.World = s.World.inSandbox(dir)
				s.inSandbox = quoted([]string{"--sandbox-dir=" + dir})
			}
			if err := s.lookAtDump(c); err != nil {
				return err
			}
			s.color = s.Streams.color(c.Bool("no-color"))
			return nil
		},
		After: func(*cli.Context) error { closeLog(); return nil },
		Action: func(c *cli.Context) error {
			if !c.Args().Present() {
				return cli.ShowAppHelp(c)
			}
			return fail(ExitUsage, nearCommand(c.App, c.Args().First()), fmt.Errorf("no command %q", c.Args().First()))
		},
	}
	for _, command := range app.Commands {
		command.OnUsageError = usageError
		command.HideHelpCommand = true
	}
	return app
}

const appDescription = `One preseed describes the whole cluster: its members, pools, networks, profiles, projects and
settings. 'plan' reads what the cluster really is out of its own database and shows what differs;
'apply' carries that out, and going on after a failure is running it again. There is no state
file: the database is the state.

Start with:  clusterctl validate preseed.yaml
             clusterctl plan preseed.yaml
             clusterctl apply preseed.yaml

Only apply, remove, recover, upgrade, 'doctor --fix' and 'lock break' change anything on a cluster. Each shows first
what it will do, and asks.`

func usageError(c *cli.Context, err error, _ bool) error {
	hint := "Run 'clusterctl --help'."
	if c.Command != nil && c.Command.Name != "" && c.Command.Name != c.App.Name {
		hint = fmt.Sprintf("Run 'clusterctl %s --help'.", c.Command.Name)
	}
	text := strings.TrimPrefix(err.Error(), "flag provided but not defined: ")
	if text != err.Error() {
		err = errors.New("no flag " + text)
	}
	return fail(ExitUsage, hint, err)
}

// nearCommand says which command was probably meant.
func nearCommand(app *cli.App, word string) string {
	var names []string
	for _, c := range visible(app) {
		names = append(names, c.Name)
	}
	return strings.TrimSpace(schema.DidYouMean(word, names) + " Run 'clusterctl --help' for the list.")
}

// env is the environment variable that stands for a flag.
func env(flag string) []string {
	return []string{"CLUSTERCTL_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))}
}

func globalFlags() []cli.Flag {
	return append(sandboxFlags(), dumpFlag(),
		&cli.StringFlag{Name: "log-level", EnvVars: env("log-level"),
			Usage: "write a log for debugging: `LEVEL` is off, error, warn, info, debug or trace (default: off)"},
		&cli.StringFlag{Name: "log-file", EnvVars: env("log-file"),
			Usage: "append the log to `FILE` instead of standard error; alone it means --log-level info"},
		&cli.BoolFlag{Name: "no-color", EnvVars: env("no-color"), DisableDefaultText: true,
			Usage: "do not colour; also with NO_COLOR or CI set, and whenever the output is no terminal"},
	)
}

// reach are the flags of commands that speak to the cluster.
type reach struct {
	timeout time.Duration
	// limited reports that somebody chose the timeout; it then limits each step of an apply, too.
	limited     bool
	parallelism int
}

func reachFlags() []cli.Flag {
	return []cli.Flag{
		&cli.DurationFlag{Name: "timeout", EnvVars: env("timeout"), Value: 5 * time.Minute,
			Usage: "give up reading the cluster after this `DURATION`, such as 30s or 10m; when given, apply limits each step to it, too"},
		&cli.IntFlag{Name: "parallelism", EnvVars: env("parallelism"), Value: 10,
			Usage: "speak to at most `N` members at once; joins follow each other whatever N is"},
	}
}

func reachOf(c *cli.Context) (reach, error) {
	r := reach{timeout: c.Duration("timeout"), limited: c.IsSet("timeout"), parallelism: c.Int("parallelism")}
	if r.timeout <= 0 || r.parallelism < 1 {
		return r, fail(ExitUsage, "", errors.New("--timeout must be more than 0, --parallelism at least 1"))
	}
	return r, nil
}

func formatFlag(formats ...string) cli.Flag {
	return &cli.StringFlag{Name: "format", EnvVars: env("format"), Value: formats[0],
		Usage: "print as `FORMAT`: " + listed(formats, "or")}
}

// listed joins words as a sentence does: "a, b or c".
func listed(words []string, last string) string {
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}

func formatOf(c *cli.Context, formats ...string) (string, error) {
	format := c.String("format")
	if !slices.Contains(formats, format) {
		return "", fail(ExitUsage, "The formats are "+listed(formats, "and")+".", fmt.Errorf("unknown format %q", format))
	}
	return format, nil
}
