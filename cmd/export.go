package cmd

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/session"
)

const exportHint = "Name another file, or add --force."

func exportCommand(c *console) *cli.Command {
	var out string
	var force bool
	return c.command("export", func(ctx context.Context, names []string) error {
		replaced := session.Nothing
		if force {
			replaced = session.Anything
		}
		if out != "" {
			if err := session.Free(out, exportHint, replaced); err != nil {
				return err
			}
		}
		return c.export(ctx, c.at(names), out, replaced)
	}, c.look("text"), text(&out, "out", "write to `FILE` instead of standard output", "o"), yes(&force, "force",
		"overwrite the file of --out"))
}

func (c *console) export(ctx context.Context, where session.Where, out string, replaced session.Own) error {
	preseed, err := c.Export(ctx, where)
	switch {
	case err != nil:
		return err
	case out == "":
		_, err := c.Out.Write(preseed)
		return err
	}
	// user.* and the like may hold anything
	if err := session.WriteFile(out, preseed, 0o600, exportHint, replaced); err != nil {
		return fmt.Errorf("writing the export: %w", err)
	}
	fmt.Fprintf(c.Out, "Written to %s. It should have no changes: %s\n", out,
		c.sameServers("clusterctl plan "+session.Quoted([]string{out})))
	return nil
}
