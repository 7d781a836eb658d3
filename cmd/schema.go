package cmd

import (
	"context"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/schema/emit"
)

func schemaCommand(c *console) *cli.Command {
	return c.command(cli.Command{
		Name:      "schema",
		Usage:     "print the JSON Schema of the preseed, for editors",
		ArgsUsage: " ",
		Description: `Prints a JSON Schema (draft 2020-12) with every key, its meaning and its default. An editor with a YAML
language server completes and checks a preseed that begins with

    # yaml-language-server: $schema=./clusterctl.schema.json

'clusterctl validate' checks more than a schema can say.`,
	},
		func(context.Context, []string) error {
			render.JSON(c.Out, emit.JSONSchema(c.Registry))
			return nil
		})
}
