package cmd

import (
	"context"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/schema/emit"
)

func schemaCommand(c *console) *cli.Command {
	return c.command("schema", func(context.Context, []string) error {
		render.JSON(c.Out, emit.JSONSchema(c.Registry))
		return nil
	})
}
