package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
	"clusterctl/schema"
)

// forms are the ways to print one value, by the word of --format.
type forms map[string]func(w io.Writer)

// endings are those of the files in the folder of --output-dir, by form. What is for a terminal or a runner has none.
var endings = map[string]string{"text": ".txt", "json": ".json", "markdown": ".md", "html": ".html", "dot": ".dot",
	"sarif": ".sarif", "codequality": ".codequality.json", "gitlab": ".gitlab.json", "junit": ".junit.xml",
	"prometheus": ".prom"}

// printAs writes a value in the form that was asked for, and in all its forms to the folder of --output-dir.
func (c *console) printAs(name string, f forms) error {
	if write := f[c.format]; write != nil && c.format == "text" {
		out := c.folded(c.Out, false)
		write(out)
		out.close()
	} else if write != nil {
		write(c.Out)
	}
	if c.outputDir == "" {
		return nil
	}
	painted := c.paint
	c.paint = render.Color(false)
	defer func() { c.paint = painted }()
	for form, ending := range endings {
		if f[form] == nil {
			continue
		}
		var text bytes.Buffer
		f[form](&cleaner{to: &text})
		if err := session.WriteFile(filepath.Join(c.outputDir, name+ending), text.Bytes(), 0o600, "",
			session.Anything); err != nil {
			return err
		}
	}
	return nil
}

// inAllForms is the flag of a folder for all forms. It has to be new or empty, so that nothing of somebody else's goes.
func (c *console) inAllForms() []cli.Flag {
	return []cli.Flag{&cli.StringFlag{Name: "output-dir", EnvVars: env("output-dir"), Destination: &c.outputDir,
		Usage: "write it to the folder `DIR`, too, which is new or empty, in every format that is for files",
		Action: func(_ *cli.Context, dir string) error {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return usage("", "--output-dir: %v", err)
			}
			switch there, err := os.ReadDir(dir); {
			case err != nil:
				return usage("", "--output-dir: %v", err)
			case len(there) > 0:
				return usage("Name one that is new or empty.", "--output-dir %s has files in it", dir)
			}
			return nil
		}}}
}

// jsonForm is the form of a value as JSON.
func jsonForm(value any) func(io.Writer) { return func(w io.Writer) { render.JSON(w, value) } }

// found are the forms of diagnostics for programs that are not ours.
func (c *console) found(ds schema.Diagnostics, text func(io.Writer)) forms {
	return forms{"text": text, "sarif": func(w io.Writer) { render.Sarif(w, c.Version, ds) },
		"codequality": jsonForm(render.CodeQuality(ds)), "github": func(w io.Writer) {
			text(w)
			render.Annotations(c.commands, ds)
		}}
}

// outputs writes what a later step of a GitHub workflow may ask for, and the summary of the job, to the files that the
// runner names. Nothing is written elsewhere: the names come from the environment, never from a preseed.
func (c *console) outputs(v *session.Survey, failure error) error {
	if c.format != "github" {
		return nil
	}
	values := fmt.Sprintf("exit-code=%d\n", c.Session.Signals.CodeOf(failure))
	summary := func(w io.Writer) { render.FailedMarkdown(w, failure, session.InvalidIn(failure).Found) }
	if v != nil {
		values += fmt.Sprintf("changes=%d\nrefused=%t\nunseen=%d\n", len(v.Plan.Changes), v.Plan.Refused(),
			len(v.Plan.Unseen))
		summary = func(w io.Writer) { render.PlanMarkdown(w, c.header(v), v.Plan, render.MarkdownBudget) }
	}
	return errors.Join(c.appendTo("GITHUB_STEP_SUMMARY", summary),
		c.appendTo("GITHUB_OUTPUT", func(w io.Writer) { fmt.Fprint(w, values) }))
}

// appendTo writes to the end of the file that a variable names, if it names one.
func (c *console) appendTo(variable string, write func(io.Writer)) error {
	name, ok := c.Getenv(variable)
	if !ok || name == "" {
		return nil
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("writing to %s: %w", variable, err)
	}
	write(&cleaner{to: file})
	return file.Close()
}
