package cmd

import (
	"context"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
)

func journalCommand(c *console) *cli.Command {
	return c.command("journal", func(_ context.Context, args []string) error {
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
	}, c.journalFlag(), c.formats("text", "json"))
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
