package cmd

import (
	"context"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/schema/emit"
)

func schemaCommand(c *console) *cli.Command {
	var metadata bool
	return c.command("schema", func(ctx context.Context, names []string) error {
		if !metadata {
			render.JSON(c.Out, emit.JSONSchema(c.Registry))
			return nil
		}
		list, err := c.Metadata(ctx, c.at(names))
		if err == nil {
			render.JSON(c.Out, list)
		}
		return err
	}, yes(&metadata, "metadata", "print instead which keys a server lists as its own, for validate --metadata"),
		c.look("json"))
}
