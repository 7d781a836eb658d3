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
