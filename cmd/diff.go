package cmd

import (
	"context"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
	"clusterctl/plan"
)

func diffCommand(c *console) *cli.Command {
	var details bool
	return c.command("diff", func(ctx context.Context, names []string) error {
		if len(names) != 2 {
			return usage("For instance: clusterctl diff old.yaml new.yaml", "%d arguments: name two to compare", len(names))
		}
		changes, err := c.Compare(ctx, names[0], names[1])
		if err != nil {
			return err
		}
		c.print(&plan.Plan{Changes: changes}, func() {
			out := c.folded(c.Out, false)
			render.Differences(out, c.paint, changes)
			out.close()
		})
		if details && len(changes) > 0 {
			return session.Silent(session.ExitChanges)
		}
		return nil
	}, c.formats("text", "json"), detailed(&details, "they differ"), c.reading())
}
