package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/plan"
	"clusterctl/schema"
)

type planFlags struct {
	reach
	format   string
	out      string
	detailed bool
	opts     plan.Options
}

func planCommand(s *session) *cli.Command {
	return &cli.Command{
		Name:      "plan",
		Usage:     "show what apply would do, and do nothing",
		ArgsUsage: "[FILE | DIR | -]...",
		Description: `Reads the preseed and the cluster, and shows what differs and the steps that would make it the same.
It changes nothing, on no server.

With --out the plan is saved; 'clusterctl apply FILE' carries out exactly that plan, and refuses if
the cluster has changed since. A saved plan holds no secret, only the names of the files that do.

With --from-dump the cluster is what a dump of its database says. Such a plan names what could not be
checked; it cannot be saved or applied.

Exit code 0: done. 2: there are changes, with --detailed-exitcode. 3: the preseed is not valid.
5: a guard refuses the plan; it is shown all the same. 8: the cluster cannot be reached.`,
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}, EnvVars: env("out"),
				Usage: "save the plan to `FILE`, for 'clusterctl apply FILE'; only a saved plan is overwritten"},
			formatFlag("text", "json", "markdown"),
			&cli.BoolFlag{Name: "detailed-exitcode", EnvVars: env("detailed-exitcode"), DisableDefaultText: true,
				Usage: "exit with 2 when there are changes, 0 when there are none"},
		}, slices.Concat(choiceFlags(), reachFlags())...),
		Action: func(c *cli.Context) error {
			flags := planFlags{out: c.String("out"), detailed: c.Bool("detailed-exitcode"), opts: planOptions(c)}
			var err error
			if flags.format, err = formatOf(c, "text", "json", "markdown"); err != nil {
				return err
			}
			if flags.reach, err = reachOf(c); err != nil {
				return err
			}
			return showPlan(c.Context, s, flags, c.Args().Slice())
		},
	}
}

func allowDestroyFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "allow-destroy", EnvVars: env("allow-destroy"),
		Usage: "allow the deletion of `KIND/NAME`, such as storage_pool/old; once per thing"}
}

// choiceFlags say what a plan is to be about and what it may destroy.
func choiceFlags() []cli.Flag {
	return []cli.Flag{
		allowDestroyFlag(),
		&cli.StringSliceFlag{Name: "prune", EnvVars: env("prune"),
			Usage: "remove what is there of `KIND`, such as profiles, and not declared; still needs --allow-destroy for each"},
		&cli.BoolFlag{Name: "evacuate", EnvVars: env("evacuate"), DisableDefaultText: true,
			Usage: "move instances and custom volumes off members that leave by state: absent"},
		&cli.StringSliceFlag{Name: "target", EnvVars: env("target"),
			Usage: "plan for `KIND/NAME` alone, such as profile/small, and what it needs; may be given several times"},
		&cli.StringSliceFlag{Name: "exclude", EnvVars: env("exclude"),
			Usage: "leave `KIND/NAME` alone; may be given several times"},
	}
}

func planOptions(c *cli.Context) plan.Options {
	return plan.Options{AllowDestroy: c.StringSlice("allow-destroy"), Targets: c.StringSlice("target"), Excludes: c.StringSlice("exclude"),
		Prune: c.StringSlice("prune"), Evacuate: c.Bool("evacuate")}
}

func showPlan(ctx context.Context, s *session, flags planFlags, names []string) (err error) {
	if err := s.notOfDump(flags.out != "", "To keep it for reading: --format json, or markdown. To apply: plan against the cluster itself.",
		"a plan that is made from a dump is not saved: it is never applied, since the cluster may have changed"); err != nil {
		return err
	}
	if flags.out != "" {
		if err := overwritable(flags.out); err != nil {
			return err
		}
	}
	inputs, err := readInputs(s.In, names)
	if err != nil {
		return err
	}
	w, err := desired(ctx, s, inputs)
	var v *survey
	if err == nil {
		v, err = lookAt(ctx, s, w, flags.reach, flags.opts)
	}
	if codeOf(err) == ExitInvalid {
		return planOfInvalid(s, flags, w.want, w.found, err)
	}
	if err != nil {
		return err
	}
	defer closing(v.backend, &err)
	if err := printPlan(s, flags.format, v); err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	if v.plan.Refused() {
		return silent(ExitConsent)
	}
	if flags.out != "" {
		if err := savePlan(flags.out, v.plan); err != nil {
			return err
		}
		if flags.format == "text" {
			fmt.Fprintf(s.Out, "Saved to %s. To carry it out: clusterctl apply %s\n", flags.out, flags.out)
		}
	}
	if flags.detailed && !v.plan.Empty() {
		return silent(ExitChanges)
	}
	return nil
}

func printPlan(s *session, format string, v *survey) error {
	switch format {
	case "json":
		return render.JSON(s.Out, v.plan)
	case "markdown":
		return render.PlanMarkdown(s.Out, v.header(), v.plan, render.MarkdownBudget)
	default:
		render.Plan(s.Out, render.Color(s.color), v.header(), v.plan)
		return nil
	}
}

// planOfInvalid answers in the format that was asked for: in JSON a plan of nothing with the findings.
func planOfInvalid(s *session, flags planFlags, want schema.Preseed, found schema.Diagnostics, err error) error {
	if flags.format == "json" {
		if err := render.JSON(s.Out, &plan.Plan{Files: want.Files, Diagnostics: found}); err != nil {
			return fmt.Errorf("writing the plan: %w", err)
		}
		return err
	}
	render.Diagnostics(s.Err, render.Color(s.color), found)
	fmt.Fprintln(s.Err)
	return err
}

// quoted joins the words of a command line as a shell would take them.
func quoted(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		if w == "" || strings.ContainsAny(w, " \t\n'\"\\$`!*?[]{}()<>|&;#~") {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		out[i] = w
	}
	return strings.Join(out, " ")
}
