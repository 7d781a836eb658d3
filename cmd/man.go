package cmd

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"
)

func manCommand(c *console) *cli.Command {
	return c.command(cli.Command{
		Name:        "man",
		Usage:       "print the manual page",
		ArgsUsage:   " ",
		Description: "Prints the manual page. To read it: clusterctl man | man -l -",
	},
		func(context.Context, []string) error {
			manual(c.Out, c.app)
			return nil
		})
}

// manual writes the page in man(7) macros.
func manual(w io.Writer, app *cli.App) {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH CLUSTERCTL 1 \"\" \"clusterctl %s\"\n", roff(app.Version))
	fmt.Fprintf(&b, ".SH NAME\nclusterctl \\- %s\n", roff(app.Usage))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n%s\n", roff(app.UsageText))
	fmt.Fprintf(&b, ".SH DESCRIPTION\n%s", paragraphs(app.Description))
	b.WriteString(".SH GLOBAL OPTIONS\n")
	options(&b, app.Flags)
	b.WriteString(".SH COMMANDS\n")
	for _, c := range visible(app) {
		fmt.Fprintf(&b, ".SS clusterctl %s %s\n%s", c.Name, roff(c.ArgsUsage), paragraphs(c.Description))
		options(&b, c.Flags)
	}
	b.WriteString(".SH FILES\n.TP\npreseed.yaml, cluster.yaml, cluster.d/\n" +
		"What is read when no input is named: the first of these in the current directory.\n")
	b.WriteString(".SH ENVIRONMENT\nEvery option has a variable: its name in upper case after CLUSTERCTL_, such as CLUSTERCTL_AUTO_APPROVE.\n" +
		".TP\nNO_COLOR, FORCE_COLOR\nWhen set, nothing is coloured, or everything that can be.\n" +
		".TP\nCI\nWhen set, nothing is asked.\n")
	b.WriteString(".SH EXIT STATUS\n")
	for _, row := range exitMeanings() {
		fmt.Fprintf(&b, ".TP\n%d\n%s\n", row.Code, roff(row.Meaning))
	}
	fmt.Fprint(w, b.String())
}

func options(b *strings.Builder, flags []cli.Flag) {
	for _, f := range flags {
		if f.Names()[0] == "help" {
			continue
		}
		var names []string
		for _, name := range f.Names() {
			names = append(names, dashed(name))
		}
		placeholder := ""
		if doc, ok := f.(cli.DocGenerationFlag); ok && doc.TakesValue() {
			placeholder = " VALUE"
			if _, rest, marked := strings.Cut(doc.GetUsage(), "`"); marked {
				word, _, _ := strings.Cut(rest, "`")
				placeholder = " " + word
			}
		}
		fmt.Fprintf(b, ".TP\n%s\n%s\n", roff(strings.Join(names, ", ")+placeholder), roff(usageOf(f)))
	}
}

// paragraphs keeps the lines as they were set.
func paragraphs(text string) string { return ".nf\n" + roff(text) + "\n.fi\n" }

// roff keeps text from being read as macros.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
