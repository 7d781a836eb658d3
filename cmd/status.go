package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/drivers"
)

type statusFlags struct {
	lookFlags
	watch    bool
	interval time.Duration
}

func statusCommand(s *session) *cli.Command {
	return &cli.Command{
		Name:      "status",
		Usage:     "show how the cluster is",
		ArgsUsage: "[FILE | DIR | -]...",
		Description: `Shows the members with their states and roles, how many more voters may fail, and which pools and networks are
not whole. It changes nothing, and one reachable member is enough: that of --connect URL, or any of the files' members:.

Whether a member is offline is seen from its heartbeats in the database, and by connecting to its cluster
address. Without a quorum the members' own copies of the database's configuration are read instead.

Exit code 0: done. 8: no member can be reached, or the database has no quorum.`,
		Flags: append(lookCommandFlags("text", "json"),
			&cli.BoolFlag{Name: "watch", EnvVars: env("watch"), DisableDefaultText: true,
				Usage: "look again and again until Ctrl-C: on a terminal the page is redrawn, elsewhere each change is a line"},
			&cli.DurationFlag{Name: "interval", EnvVars: env("interval"), Value: 3 * time.Second,
				Usage: "with --watch, wait this `DURATION` between two looks"}),
		Action: func(c *cli.Context) error {
			flags := statusFlags{watch: c.Bool("watch"), interval: c.Duration("interval")}
			var err error
			if flags.lookFlags, err = lookFlagsOf(c, "text", "json"); err != nil {
				return err
			}
			if flags.interval <= 0 {
				return fail(ExitUsage, "", errors.New("--interval must be more than 0"))
			}
			if err := s.notOfDump(flags.watch, "Leave --watch out.", "nothing changes in a dump"); err != nil {
				return err
			}
			return status(c.Context, s, flags, c.Args().Slice())
		},
	}
}

func status(ctx context.Context, s *session, flags statusFlags, names []string) (err error) {
	at, err := s.seek(ctx, flags.lookFlags, names)
	if err != nil {
		return err
	}
	defer closing(at.backend, &err)
	if flags.watch {
		return watchStatus(ctx, s, flags, at)
	}
	found, reason := observe(ctx, s, at, flags.reach)
	if ctx.Err() != nil {
		return reason
	}
	if flags.format == "json" {
		err = render.JSON(s.Out, found)
	} else {
		err = render.StatusText(s.Out, render.Color(s.color), found)
	}
	if err != nil {
		return fmt.Errorf("writing the status: %w", err)
	}
	return reason
}

// watchStatus looks again and again until the context ends.
func watchStatus(ctx context.Context, s *session, flags statusFlags, at sight) error {
	var before render.Status
	for {
		now, reason := observe(ctx, s, at, flags.reach)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // Ctrl-C is how a watch ends
		}
		if err := showChange(s, flags, before, now, reason); err != nil {
			return fmt.Errorf("writing the status: %w", err)
		}
		before = now
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(flags.interval):
		}
	}
}

func showChange(s *session, flags statusFlags, before, now render.Status, reason error) error {
	switch {
	case flags.format == "json":
		return render.JSON(s.Out, now)
	case s.OutTerminal:
		return render.StatusRedraw(s.Out, render.Color(s.color), now, s.Now())
	}
	render.StatusLines(s.Out, before, now, s.Now())
	if reason != nil && before.Cluster.Source != now.Cluster.Source {
		fmt.Fprintf(s.Err, "Error: %s\n", reason)
	}
	return nil
}

// observe looks at the cluster once. The error is why the database gave no answer, or that it has no quorum; the status
// then has what is known all the same.
func observe(ctx context.Context, s *session, at sight, r reach) (render.Status, error) {
	live, err := readLive(ctx, s, at.backend, r)
	if err == nil {
		answers := probe(ctx, at.backend, addressesOf(live), r)
		found := statusOf(live, answers)
		if q := found.Cluster.Quorum; q.Known && q.Online < q.Needed {
			err = &drivers.Error{Kind: drivers.NoLeader, Op: "looking at the cluster", Err: errors.New("most voters of the database are offline")}
		}
		return found, err
	}
	if ctx.Err() != nil {
		return render.Status{}, err
	}
	return lastWords(ctx, at, r), err
}
