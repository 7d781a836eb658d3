package cmd

import (
	"cmp"
	"context"
	"embed"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/session"
	"clusterctl/plan"
	"clusterctl/schema"
)

// help has of each command what it is for, in a line, its arguments, and the same at length.
//
//go:embed help
var help embed.FS

// command returns the command of that name, which do carries out with the arguments of the command line. Flags write
// where do reads. A name of two words is a verb of the first, see [console.group].
func (c *console) command(name string, do func(ctx context.Context, args []string) error,
	sets ...[]cli.Flag) *cli.Command {
	text := strings.SplitN(helpText(strings.ReplaceAll(name, " ", "-")+".txt"), "\n", 4)
	return &cli.Command{Name: name[strings.LastIndex(name, " ")+1:], Usage: text[0], ArgsUsage: cmp.Or(text[1], " "),
		Description: text[3], HideHelpCommand: true, OnUsageError: usageError,
		Flags: flags(sets...), Action: func(ctx *cli.Context) error {
			c.warnOfVariables(ctx)
			c.Limits.Chosen = ctx.IsSet("timeout")
			c.inputs = ctx.Args().Slice()
			return do(ctx.Context, c.inputs)
		}}
}

// group returns the command of that name whose first argument is one of these verbs.
func (c *console) group(name string, verbs ...*cli.Command) *cli.Command {
	out := c.command(name, func(_ context.Context, args []string) error {
		words := schema.Map(verbs, func(verb *cli.Command) string { return verb.Name })
		hint := "Run 'clusterctl " + name + " --help'."
		if len(args) == 0 {
			return usage(hint, "say what to do: %s", listed(words, "or"))
		}
		return usage(strings.TrimSpace(schema.DidYouMean(args[0], words)+" "+hint), "no %s %s", name, args[0])
	})
	out.Subcommands = verbs
	return out
}

// helpText returns a file of help.
func helpText(name string) string {
	text, err := help.ReadFile("help/" + name)
	if err != nil {
		panic(err) // the program was built without it: every command line would show that
	}
	return strings.TrimSuffix(string(text), "\n")
}

func flags(sets ...[]cli.Flag) []cli.Flag { return slices.Concat(sets...) }

// env is the environment variable that stands for a flag.
func env(flag string) []string {
	return []string{"CLUSTERCTL_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))}
}

// text is a flag with a text; what to holds is the default.
func text(to *string, name, help string, short ...string) []cli.Flag {
	return []cli.Flag{&cli.StringFlag{Name: name, Aliases: short, EnvVars: env(name), Value: *to, Destination: to,
		Usage: help}}
}

// yes is a flag that is given or not.
func yes(to *bool, name, help string, short ...string) []cli.Flag {
	return []cli.Flag{&cli.BoolFlag{Name: name, Aliases: short, EnvVars: env(name), DisableDefaultText: true,
		Destination: to, Usage: help}}
}

// list is a flag that may be given several times.
func list(to *[]string, name, help string) []cli.Flag {
	return []cli.Flag{&cli.StringSliceFlag{Name: name, EnvVars: env(name), Usage: help,
		Action: func(_ *cli.Context, values []string) error { *to = values; return nil }}}
}

// number is a flag with a number of at least least.
func number(to *int, least int, name, help string) []cli.Flag {
	return []cli.Flag{&cli.IntFlag{Name: name, EnvVars: env(name), Value: *to, Destination: to, Usage: help,
		Action: func(_ *cli.Context, n int) error {
			if n < least {
				return usage("", "--%s must be at least %d", name, least)
			}
			return nil
		}}}
}

// span is a flag with a duration; without a default it may be zero.
func span(to *time.Duration, name, help string) []cli.Flag {
	otherwise := *to
	return []cli.Flag{&cli.DurationFlag{Name: name, EnvVars: env(name), Value: otherwise, Destination: to, Usage: help,
		Action: func(_ *cli.Context, d time.Duration) error {
			if d < 0 || d == 0 && otherwise > 0 {
				return usage("", "--%s must be more than 0", name)
			}
			return nil
		}}}
}

// formats is the flag of the formats that a command can print, the first one if nothing is said.
func (c *console) formats(known ...string) []cli.Flag {
	f := &cli.StringFlag{Name: "format", EnvVars: env("format"), Value: known[0], Destination: &c.format,
		Usage: "print as `FORMAT`: " + listed(known, "or"), Action: func(_ *cli.Context, format string) error {
			if !slices.Contains(known, format) {
				return usage("The formats are "+listed(known, "and")+".", "unknown format %q", format)
			}
			return nil
		}}
	c.values[f] = known
	return []cli.Flag{f}
}

// listed joins words as a sentence does: "a, b or c".
func listed(words []string, last string) string {
	n := len(words) - 1
	if n == 0 {
		return words[0]
	}
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}

// limits are the flags of commands that speak to the cluster.
func (c *console) limits() []cli.Flag {
	c.Limits = session.Limits{Timeout: 5 * time.Minute, Parallelism: 10}
	timeout := span(&c.Limits.Timeout, "timeout",
		"give up reading the cluster after this `DURATION`, such as 30s or 10m; when given, apply limits each step to it, too")
	return flags(timeout, c.reading(),
		number(&c.Limits.Parallelism, 1, "parallelism", "speak to at most `N` members at once; joins follow each other whatever N is"),
		yes(&c.TrustOnFirstUse, "trust-on-first-use",
			"accept the key of an SSH host that is not known yet, and note it in your known_hosts"),
		text(&c.KnownHosts, "known-hosts", "your known_hosts is `FILE` (default: what ~/.ssh/config says, ~/.ssh/known_hosts without it)"))
}

// reading are the flags of commands that read preseeds: what these may do.
func (c *console) reading() []cli.Flag {
	return flags(
		list(&c.Trust.Env, "allow-env", "let the preseed read the environment variable `NAME` by {env: NAME}; those that begin with CLUSTERCTL_SECRET_ it may always"),
		yes(&c.Trust.Outside, "allow-outside", "let the preseed name files that are not below its folder"),
		maxInput(&c.Trust.MaxInput))
}

var sizeForm = regexp.MustCompile(`^([1-9]\d{0,9})(|B|KiB|MiB|GiB)$`)

func maxInput(to *int64) []cli.Flag {
	units := map[string]int64{"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
	return []cli.Flag{&cli.StringFlag{Name: "max-input", EnvVars: env("max-input"), DefaultText: "64MiB",
		Usage: "refuse inputs of more than `SIZE` together, such as 256MiB",
		Action: func(_ *cli.Context, text string) error {
			form := sizeForm.FindStringSubmatch(text)
			if form == nil {
				return usage("Write 64MiB, 1GiB or a number of bytes.", "--max-input %s is no size", text)
			}
			n, err := strconv.ParseInt(form[1], 10, 64)
			*to = n * units[form[2]]
			return err
		}}}
}

// look are the flags of commands that only look.
func (c *console) look(formats ...string) []cli.Flag {
	return flags(text(&c.connect, "connect", "look through the member at `URL` (ssh://USER@HOST, unix:///SOCKET, "+
		"https://HOST:8443?certificate=FILE&key=FILE&fingerprint=HEX) instead of reading files"), c.formats(formats...),
		c.limits())
}

// at is where the flags and these inputs say to look.
func (c *console) at(names []string) session.Where {
	if c.inputs = names; c.connect != "" {
		c.inputs = append([]string{"--connect", c.connect}, names...)
	}
	return session.Where{Connect: c.connect, Names: names}
}

func detailed(to *bool, when string) []cli.Flag {
	return yes(to, "detailed-exitcode", "exit with 2 when "+when)
}

// choices say how a plan is shown, what it is to be about and what it may destroy.
func (c *console) choices(to *plan.Options) []cli.Flag {
	return flags(
		yes(&c.compact, "compact", "one line for each change, without values, and only the steps that risk something"),
		allowDestroy(to),
		list(&to.Prune, "prune", "remove what is there of `KIND`, such as profiles, and not declared; still needs --allow-destroy for each"),
		yes(&to.Evacuate, "evacuate", "move instances and custom volumes off members that leave by state: absent"),
		list(&to.Targets, "target", "plan for `KIND/NAME` alone, such as profile/small, and what it needs; may be given several times"),
		list(&to.Excludes, "exclude", "leave `KIND/NAME` alone; may be given several times"),
	)
}

// rehearsing is the flag that leaves the rehearsal out.
func (c *console) rehearsing() []cli.Flag {
	return yes(&c.noRehearse, "no-rehearse", "do not carry the plan out on a copy of the cluster in memory first")
}

func allowDestroy(to *plan.Options) []cli.Flag {
	return list(&to.AllowDestroy, "allow-destroy",
		"allow the deletion of `KIND/NAME`, such as storage_pool/old, or leftovers/MEMBER; once per thing")
}

func autoApprove(to *bool) []cli.Flag {
	return yes(to, "auto-approve", "do not ask; needed where nobody can answer, such as in CI")
}

// locking are the flags of commands that change a cluster.
func (c *console) locking(to *session.LockOptions) []cli.Flag {
	return flags(
		c.journalFlag(),
		yes(&to.Off, "no-lock", "do not lock the cluster meanwhile: if somebody else changes it at the same time, steps of both fail half-way, or undo each other"),
		span(&to.Timeout, "lock-timeout", "wait for a lock that somebody else holds for this `DURATION`"),
	)
}

func (c *console) allowCommands() []cli.Flag {
	return yes(&c.AllowCommands, "allow-commands", "run the commands that the preseed has under clusterctl: service: on the members, as root")
}

// planKey is the flag for the key of saved plans. In the environment is its text, not the name of a file.
func (c *console) planKey() []cli.Flag {
	return []cli.Flag{&cli.StringFlag{Name: "plan-key", Destination: &c.PlanKey,
		Usage: "seal saved plans with the key in `FILE`, or with its text in CLUSTERCTL_PLAN_KEY (default: one of your own, in clusterctl in XDG_STATE_HOME, ~/.local/state without it)"}}
}

func (c *console) journalFlag() []cli.Flag {
	return text(&c.journal, "journal",
		"keep the journal in `DIR` (default: clusterctl/journal in XDG_STATE_HOME, ~/.local/state without it); none for none")
}

// service is a flag for a command line that handles a daemon.
func service(to *string, name, help string) []cli.Flag {
	return text(to, name, help+"; a command line for sh that finds CLUSTERCTL_MEMBER, CLUSTERCTL_ADDRESS and LXD_DIR")
}

// server is the flag that says what to judge, or to write, for.
func server(to *schema.Flavour, help string) []cli.Flag {
	return []cli.Flag{&cli.StringFlag{Name: "server", EnvVars: env("server"), Usage: help,
		Action: func(_ *cli.Context, text string) error {
			server, known := schema.ParseServer(text)
			if !known {
				return usage(schema.KnownServers(), "no server %q", text)
			}
			*to = server
			return nil
		}}}
}
