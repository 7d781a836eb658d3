package cmd

import (
	"context"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/plan/care"
	"clusterctl/schema"
)

type doctorFlags struct {
	look               lookFlags
	lock               lockFlags
	fix, auto, details bool
	given              []string // the flags of the command line
}

func doctorCommand(s *session) *cli.Command {
	return &cli.Command{
		Name:      "doctor",
		Usage:     "look for what is wrong beneath the preseed, and mend it",
		ArgsUsage: "[FILE | DIR | -]...",
		Description: `Compares the table of members, the database's Raft configuration and each member's own copy of it; looks for
joins that died, certificates of servers that left, pools and networks that are not created everywhere, members that are
offline or of another version, clocks that differ, and certificates that end soon. Each finding says what, where, why it
matters, and how to mend it. It changes nothing.

With --fix the repairs that are sure are shown as a plan, and carried out after a question. What is not sure is
left to you.

Exit code 0: done, whatever was found. 1: something is left after --fix. 2: there are findings, with
--detailed-exitcode. 5: not approved. 8: the cluster cannot be reached, or has no quorum.`,
		Flags: slices.Concat([]cli.Flag{
			&cli.BoolFlag{Name: "fix", EnvVars: env("fix"), DisableDefaultText: true, Usage: "mend what can be mended for sure"},
			autoApproveFlag(),
			&cli.BoolFlag{Name: "detailed-exitcode", EnvVars: env("detailed-exitcode"), DisableDefaultText: true,
				Usage: "exit with 2 when there are findings"},
		}, lockingFlags(), lookCommandFlags("text", "json")),
		Action: func(c *cli.Context) error {
			flags := doctorFlags{given: givenFlags(c), lock: lockFlagsOf(c), fix: c.Bool("fix"), auto: c.Bool("auto-approve"), details: c.Bool("detailed-exitcode")}
			var err error
			if flags.look, err = lookFlagsOf(c, "text", "json"); err != nil {
				return err
			}
			if err := s.notOfDump(flags.fix, "Leave --fix or --from-dump out.", "nothing can be mended in a dump"); err != nil {
				return err
			}
			if flags.fix {
				return mend(c.Context, s, flags, c.Args().Slice())
			}
			return doctor(c.Context, s, flags, c.Args().Slice())
		},
	}
}

// doctor looks and reports.
func doctor(ctx context.Context, s *session, flags doctorFlags, names []string) (err error) {
	at, err := s.seek(ctx, flags.look, names)
	if err != nil {
		return err
	}
	defer closing(at.backend, &err)
	live, findings, reason := examine(ctx, s, at, flags.look.reach)
	switch {
	case reason != nil && len(findings) == 0:
		return reason
	case flags.look.format == "json":
		err = render.JSON(s.Out, render.FindingsJSON(findings))
	case reason != nil:
		render.Diagnostics(s.Out, render.Color(s.color), diagnosticsOf(findings))
	default:
		render.Findings(s.Out, render.Color(s.color), render.Header{Facts: live.Facts, Files: at.want.Files}, findings)
	}
	if err != nil {
		return fmt.Errorf("writing the findings: %w", err)
	}
	if reason != nil {
		return reason
	}
	if flags.details && len(findings) > 0 {
		return silent(ExitChanges)
	}
	return nil
}

func diagnosticsOf(findings []care.Finding) schema.Diagnostics {
	var out schema.Diagnostics
	for _, f := range findings {
		out = append(out, f.Diagnostic)
	}
	return out
}
