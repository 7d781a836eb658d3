package cmd

import (
	"context"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
)

func whatifCommand(c *console) *cli.Command {
	var down []string
	var details bool
	return c.command("whatif", func(ctx context.Context, names []string) error {
		if len(down) == 0 {
			return usage("For instance: clusterctl whatif --down node2", "nobody is named by --down")
		}
		loss, err := c.WhatIf(ctx, c.at(names), down)
		if err != nil {
			return err
		}
		c.print(render.LossJSON(loss), func() { render.Loss(c.Out, c.paint, loss) })
		if details && !loss.StaysUp() {
			return session.Silent(session.ExitChanges)
		}
		return nil
	}, c.look("text", "json"),
		list(&down, "down", "suppose that this `MEMBER` goes down, or with domain:NAME all members of a failure domain; once per thing"),
		detailed(&details, "the database would stop"))
}
