package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/plan/care"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

type whatIfFlags struct {
	lookFlags
	down     []string
	detailed bool
}

func whatifCommand(s *session) *cli.Command {
	return &cli.Command{
		Name:      "whatif",
		Usage:     "say what would happen if members went down",
		ArgsUsage: "--down MEMBER|domain:NAME... [FILE | DIR | -]...",
		Description: `Takes the cluster as it is and says what happens if these members go down at the same moment: whether the
database goes on, who becomes a voter by LXD's own rules, and which instances, volumes and last copies of images cannot be
reached. It changes nothing.

    clusterctl whatif --down node2 preseed.yaml
    clusterctl whatif --down domain:rack1 preseed.yaml

Exit code 0: done. 2: the database would stop, with --detailed-exitcode. 8: the cluster cannot be reached.`,
		Flags: append(lookCommandFlags("text", "json"),
			&cli.StringSliceFlag{Name: "down", EnvVars: env("down"),
				Usage: "suppose that this `MEMBER` goes down, or with domain:NAME all members of a failure domain; once per thing"},
			&cli.BoolFlag{Name: "detailed-exitcode", EnvVars: env("detailed-exitcode"), DisableDefaultText: true,
				Usage: "exit with 2 when the database would stop"}),
		Action: func(c *cli.Context) error {
			flags := whatIfFlags{down: c.StringSlice("down"), detailed: c.Bool("detailed-exitcode")}
			var err error
			if flags.lookFlags, err = lookFlagsOf(c, "text", "json"); err != nil {
				return err
			}
			if len(flags.down) == 0 {
				return fail(ExitUsage, "For instance: clusterctl whatif --down node2", errors.New("nobody is named by --down"))
			}
			return whatIf(c.Context, s, flags, c.Args().Slice())
		},
	}
}

func whatIf(ctx context.Context, s *session, flags whatIfFlags, names []string) (err error) {
	at, err := s.seek(ctx, flags.lookFlags, names)
	if err != nil {
		return err
	}
	defer closing(at.backend, &err)
	live, err := readLive(ctx, s, at.backend, flags.reach)
	if err != nil {
		return err
	}
	down, err := goingDown(live, flags.down)
	if err != nil {
		return err
	}
	loss, known := care.WhatIf(live, down)
	if !known {
		hint := "Look through a member that is reached over SSH or its socket."
		if s.dump != "" {
			hint = "They are in each member's own database; append it to the dump: lxd sql local .dump >> dump.sql"
		}
		return fail(ExitError, hint, errors.New("the roles in the database were not seen, so nothing can be said"))
	}
	if flags.format == "json" {
		err = render.JSON(s.Out, render.LossJSON(loss))
	} else {
		err = render.Loss(s.Out, render.Color(s.color), loss)
	}
	if err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	if flags.detailed && !loss.StaysUp() {
		return silent(ExitChanges)
	}
	return nil
}

// goingDown returns the members behind the words of --down.
func goingDown(live schema.Cluster, words []string) ([]string, error) {
	var out, domains []string
	members := live.Facts.MemberOrder()
	for _, name := range members {
		domains = append(domains, "domain:"+view.FailureDomain(live, name))
	}
	for _, word := range words {
		found := false
		for i, name := range members {
			if word == name || word == domains[i] {
				out, found = append(out, name), true
			}
		}
		if !found {
			hint := strings.TrimSpace(schema.DidYouMean(word, append(domains, members...)) + " The members are " + strings.Join(members, ", ") + ".")
			return nil, fail(ExitUsage, hint, fmt.Errorf("the cluster has no member or failure domain %q", word))
		}
	}
	return out, nil
}
