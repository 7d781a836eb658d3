package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
	"clusterctl/plan"
	"clusterctl/plan/order"
)

func planCommand(c *console) *cli.Command {
	var f planFlags
	return c.command("plan", func(ctx context.Context, names []string) error {
		v, err := c.showPlan(ctx, f, names)
		return cmp.Or(c.outputs(v, err), err)
	},
		text(&f.out, "out", "save the plan to `FILE`, for 'clusterctl apply FILE'; only a saved plan is overwritten", "o"),
		c.planKey(), c.allowCommands(),
		c.formats("text", "json", "markdown", "dot", "github", "gitlab", "sarif", "codequality", "prometheus", "html"),
		c.inAllForms(),
		detailed(&f.detailed, "there are changes, 9 when there are none in what was seen and not all was, 0 when there are none"),
		yes(&f.unmanaged, "show-unmanaged", "list in full what the cluster has and the files do not say; as text only"),
		yes(&f.quiet, "quiet", "say nothing of what the cluster has and the files do not say", "q"),
		c.rehearsing(),
		yes(&f.prove, "prove", "break the rehearsal off at every step, too, and go on with a new plan each time"),
		c.choices(&f.options), planning(&f.options), c.limits())
}

type planFlags struct {
	out       string
	detailed  bool
	unmanaged bool
	quiet     bool
	options   plan.Options
	prove     bool
}

func (c *console) showPlan(ctx context.Context, f planFlags, names []string) (v *session.Survey, err error) {
	if err := c.savable(f.out); err != nil {
		return nil, err
	}
	c.Rehearse, c.Prove = !c.noRehearse || f.prove, f.prove
	inputs, err := c.Inputs(names)
	if err != nil {
		return nil, err
	}
	v, err = c.Survey(ctx, inputs, f.options)
	if err != nil {
		if failed := c.printNoPlan(err); failed != nil {
			err = errors.Join(err, failed)
		}
		return nil, err
	}
	defer session.Closing(v, &err)
	if err := c.printPlan(v); err != nil {
		return v, err
	}
	if c.format == "text" {
		c.notManaged(v, f)
	}
	if v.Plan.Refused() {
		return v, session.Silent(session.RefusedCode(v.Plan))
	}
	if f.out != "" {
		if err := c.savePlan(f.out, v.Plan); err != nil {
			return v, err
		}
	}
	switch {
	case f.detailed && !v.Plan.Empty():
		return v, session.Silent(session.ExitChanges)
	case f.detailed && v.Plan.Incomplete():
		return v, session.Silent(session.ExitIncomplete)
	}
	return v, nil
}

// savable refuses a file in which no plan can be saved. No file is none to refuse.
func (c *console) savable(file string) error {
	if file == "" {
		return nil
	}
	if err := c.NotOfDump(true,
		"To keep it for reading: --format json, or markdown. To apply: plan against the cluster itself.",
		"a plan that is made from a dump is not saved: it is never applied, since the cluster may have changed"); err != nil {
		return err
	}
	return session.Overwritable(file)
}

// savePlan saves the plan and, in text, says how to go on.
func (c *console) savePlan(file string, p *plan.Plan) error {
	if err := c.SavePlan(file, p); err != nil || c.format != "text" {
		return err
	}
	if p.Introduces() {
		fmt.Fprintln(c.Out,
			"Only the steps that make servers trust this client are saved: plan again once they are done.")
	} else if p.ComesFirst() {
		fmt.Fprintln(c.Out, "Only the steps that mend the server are saved: plan again once they are done.")
	}
	fmt.Fprintf(c.Out, "Saved to %s. To carry it out: %s\n", file,
		c.sameServers("clusterctl apply "+session.Quoted([]string{file})))
	return nil
}

// notManaged says what the files leave out, below the plan.
func (c *console) notManaged(v *session.Survey, f planFlags) {
	switch {
	case f.unmanaged:
		render.NotManaged(c.Out, v.NotManaged())
	case !f.quiet:
		render.UnmanagedLines(c.Out, c.paint, v.NotManaged(), c.compact)
	}
}

// printNoPlan says in the form that was asked for why there is no plan. In a merge request that is needed most.
func (c *console) printNoPlan(err error) error {
	invalid := session.InvalidIn(err)
	f := c.found(invalid.Found, nil)
	f["github"] = nil
	f["markdown"] = func(w io.Writer) { render.FailedMarkdown(w, err, invalid.Found) }
	f["html"] = func(w io.Writer) { render.FailedPage(w, err, invalid.Found) }
	if len(invalid.Found) > 0 {
		f["json"] = jsonForm(&plan.Plan{Files: invalid.Files,
			Diagnostics: invalid.Found}) // a plan of nothing, with the findings
	}
	return c.printAs("plan", f)
}

func (c *console) printPlan(v *session.Survey) error {
	f := c.found(v.Plan.Diagnostics, func(w io.Writer) { render.Plan(w, c.paint, c.header(v), v.Plan) })
	f["json"], f["gitlab"] = jsonForm(v.Plan), jsonForm(render.PlanReport(v.Plan))
	f["markdown"] = func(w io.Writer) { render.PlanMarkdown(w, c.header(v), v.Plan, render.MarkdownBudget) }
	f["html"] = func(w io.Writer) { render.PlanPage(w, c.header(v), v.Plan, v.Picture()) }
	f["prometheus"] = func(w io.Writer) { render.PlanMetrics(w, v.Plan) }
	f["dot"] = func(w io.Writer) { fmt.Fprint(w, order.Of(v.Plan.Steps).Dot()) }
	return c.printAs("plan", f)
}
