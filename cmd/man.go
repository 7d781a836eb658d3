package cmd

import (
	"context"
	"io"
	"strings"
	"text/template"

	"github.com/urfave/cli/v2"
)

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
