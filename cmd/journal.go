package cmd

import (
	"context"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
)

func journalCommand(c *console) *cli.Command {
	return c.command(cli.Command{
		Name:      "journal",
		Usage:     "show what earlier runs did",
		ArgsUsage: "[RUN]",
		Description: `Everything that apply, remove, recover, upgrade and doctor --fix do is noted on this machine, one file per run and one line of
JSON per event, without any secret. Without an argument it lists the runs, the newest last; with the name of a
run it shows its events. Nothing depends on the journal: the database of the cluster is the truth.`,
	},
		func(_ context.Context, args []string) error {
			dir := c.JournalDir(c.journal)
			if len(args) > 0 {
				return c.showRun(dir, args[0])
			}
			runs, err := session.Past(dir)
			if err != nil {
				return err
			}
			c.print(struct {
				Format int               `json:"format_version"`
				Runs   []session.PastRun `json:"runs"`
			}{1, append([]session.PastRun{}, runs...)}, func() { render.Runs(c.Out, runs) })
			return nil
		},
		c.journalFlag(), c.formats("text", "json"))
}

func (c *console) showRun(dir, run string) error {
	lines, err := session.PastEvents(dir, run)
	switch {
	case err != nil:
		return err
	case c.format == "json":
		_, err = c.Out.Write(lines)
		return err
	}
	render.RunEvents(c.Out, lines)
	return nil
}
