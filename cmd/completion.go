package cmd

import (
	"context"
	"io"
	"slices"
	"strings"
	"text/template"

	"github.com/urfave/cli/v2"
)

func completionCommand(c *console) *cli.Command {
	return c.command("completion", func(_ context.Context, args []string) error {
		shell := strings.Join(args, " ")
		if !slices.Contains([]string{"bash", "zsh", "fish"}, shell) {
			return usage("The shells are bash, zsh and fish.", "no completion for %q", shell)
		}
		return fillIn(c.Out, c.app, "completion."+shell+".tmpl")
	})
}

// fillIn prints a template of help with the commands and flags that there are.
func fillIn(w io.Writer, app *cli.App, name string) error {
	text := template.New(name).Funcs(template.FuncMap{
		"visible": func() []*cli.Command { return visible(app) },
		"exits":   exitMeanings,
		"flags":   func(command *cli.Command) []cli.Flag { return slices.Concat(command.Flags, app.Flags) },
		"words":   func(command *cli.Command) []string { return words(app, command) },
		"names":   names,
		"value":   takesValue,
		// What is left out ends a description or a quoted word.
		"zsh":  strings.NewReplacer("'", "", "[", "(", "]", ")", ":", ",", "`", "").Replace,
		"fish": strings.NewReplacer("'", "", "`", "", `\`, "").Replace,
		"roff": roff, "join": strings.Join, "usage": usageOf, "placeholder": placeholder,
	})
	return template.Must(text.Parse(helpText(name)+"\n")).Execute(w, app)
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
