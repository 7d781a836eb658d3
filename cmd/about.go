package cmd

import (
	"context"
	_ "embed" // the licenses
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"text/template"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/session"
	"clusterctl/plan"
	"clusterctl/schema"
)

// licenses are those of the modules in the command; `task licenses` writes them.
//
//go:embed licenses.txt
var licenses string

func versionCommand(c *console) *cli.Command {
	var licensed bool
	return c.command("version", func(context.Context, []string) error {
		if licensed {
			fmt.Fprint(c.Out, licenses)
			return nil
		}
		c.print(struct {
			Format  int    `json:"format_version"`
			Version string `json:"version"`
			Go      string `json:"go"`
			OS      string `json:"os"`
			Arch    string `json:"arch"`
			Plan    int    `json:"plan_format"`
			Events  int    `json:"events_format"`
		}{1, c.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH, plan.Format, session.EventsFormat}, func() {
			fmt.Fprintf(c.Out, "clusterctl %s (%s, %s/%s)\n", c.Version, runtime.Version(), runtime.GOOS,
				runtime.GOARCH)
		})
		return nil
	}, c.formats("text", "json"), yes(&licensed, "licenses", "print the licenses of all that is in the command"))
}

func manCommand(c *console) *cli.Command {
	return c.command("man", func(context.Context, []string) error { return fillIn(c.Out, c.app, "manual.1.tmpl") })
}

// fillIn prints a template of help with the commands and flags that there are.
func fillIn(w io.Writer, app *cli.App, name string) error {
	text := template.New(name).Funcs(template.FuncMap{
		"visible": func() []*cli.Command { return visible(app) },
		"exits":   exitMeanings,
		"names":   names, "roff": roff, "join": strings.Join, "usage": usageOf, "placeholder": placeholder,
	})
	return template.Must(text.Parse(helpText(name)+"\n")).Execute(w, app)
}

// placeholder is what stands for the value of a flag; empty for a flag without one.
func placeholder(f cli.Flag) string {
	doc, ok := f.(cli.DocGenerationFlag)
	if !ok || !doc.TakesValue() {
		return ""
	}
	if parts := strings.Split(doc.GetUsage(), "`"); len(parts) > 2 {
		return parts[1]
	}
	return "VALUE"
}

// roff keeps text from being read as macros.
func roff(text string) string {
	text = "\n" + strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	return strings.NewReplacer("\n.", "\n\\&.", "\n'", "\n\\&'").Replace(text)[1:]
}

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

// names are the names of a flag, each with its dashes.
func names(f cli.Flag) []string { return schema.Map(f.Names(), dashed) }

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

// ExitCode is how the process ends; scripts rely on the numbers.
type ExitCode = session.ExitCode

// meaning says what an exit code means.
type meaning struct {
	Code    ExitCode
	Meaning string
}

// exitMeanings is the table that docs/exit-codes.md and the man page show.
func exitMeanings() []meaning {
	return []meaning{
		{session.ExitDone, "Done, or nothing to do."},
		{session.ExitError, "Error: anything that is not below."},
		{session.ExitChanges, "There are changes; only with --detailed-exitcode."},
		{session.ExitInvalid, "The preseed is invalid. Nothing was touched."},
		{session.ExitStale, "The saved plan is stale: the cluster changed since. Nothing was touched."},
		{session.ExitConsent,
			"Consent is missing, a guard refused the plan, or a saved plan has no seal of yours. Nothing was touched."},
		{session.ExitPartial, "Apply stopped part-way. Run it again: it goes on from what the database says."},
		{session.ExitLocked, "Somebody else is changing this cluster."},
		{session.ExitUnreachable,
			"The cluster cannot be reached, a server shows a certificate that nobody vouches for, or the database " +
				"has no quorum."},
		{session.ExitIncomplete,
			"Incomplete: nothing differs in what was seen, and something declared was not seen; only with " +
				"--detailed-exitcode."},
		{session.ExitUsage, "Wrong usage: an unknown command or flag, a name that means nothing here, or no input."},
		{session.ExitInterrupted, "Interrupted (Ctrl-C)."},
		{session.ExitTerminated, "Terminated (SIGTERM), or the terminal went away (SIGHUP)."},
	}
}
