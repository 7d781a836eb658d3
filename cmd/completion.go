package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

func completionCommand(c *console) *cli.Command {
	return c.command("completion", func(_ context.Context, args []string) error {
		shell := strings.Join(args, " ")
		if !slices.Contains([]string{"bash", "zsh", "fish"}, shell) {
			return usage("The shells are bash, zsh and fish.", "no completion for %q", shell)
		}
		fmt.Fprintln(c.Out, helpText("completion."+shell))
		return nil
	})
}

// words are the flags of a command with the global ones, each with its dashes.
func words(app *cli.App, command *cli.Command) []string {
	var out []string
	for _, f := range slices.Concat(command.Flags, app.Flags) {
		out = append(out, names(f)...)
	}
	return out
}

// names are the names of a flag, each with its dashes.
func names(f cli.Flag) []string {
	var out []string
	for _, name := range f.Names() {
		out = append(out, dashed(name))
	}
	return out
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// visible are the commands that a person sees.
func visible(app *cli.App) []*cli.Command {
	return slices.DeleteFunc(app.VisibleCommands(), func(c *cli.Command) bool { return c.Name == "help" })
}

// usageOf is the help text of a flag, without the marks around its value.
func usageOf(f cli.Flag) string {
	doc, ok := f.(cli.DocGenerationFlag)
	if !ok {
		return ""
	}
	return strings.ReplaceAll(doc.GetUsage(), "`", "")
}
