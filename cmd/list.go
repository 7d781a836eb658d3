package cmd

import (
	"context"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
)

func listCommand(c *console) *cli.Command {
	var project, member string
	return c.command("list", func(ctx context.Context, names []string) error {
		instances, err := c.Instances(ctx, c.at(names), project, member)
		if err != nil {
			return err
		}
		c.print(struct {
			Format    int                `json:"format_version"`
			Instances []session.Instance `json:"instances"`
		}{objectFormat, instances}, func() { render.Instances(c.Out, instances) })
		return nil
	}, c.look("text", "json"), text(&project, "project", "list the instances of this `PROJECT` only"), text(&member,
		"member", "list the instances on this `MEMBER` only"))
}
