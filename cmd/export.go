package cmd

import (
	"context"
	"fmt"
	"os"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/session"
)

func exportCommand(c *console) *cli.Command {
	var out string
	var force bool
	return c.command("export", func(ctx context.Context, names []string) error {
		if out != "" && !force {
			if err := session.Absent(out, "Name another file, or add --force."); err != nil {
				return err
			}
		}
		return c.export(ctx, c.at(names), out)
	}, c.look("text"), text(&out, "out", "write to `FILE` instead of standard output", "o"), yes(&force, "force",
		"overwrite the file of --out"))
}

func (c *console) export(ctx context.Context, where session.Where, out string) error {
	preseed, err := c.Export(ctx, where)
	switch {
	case err != nil:
		return err
	case out == "":
		_, err := c.Out.Write(preseed)
		return err
	}
	if err := os.WriteFile(out, preseed, 0o600); err != nil { // user.* and the like may hold anything
		return fmt.Errorf("writing the export: %w", err)
	}
	fmt.Fprintf(c.Out, "Written to %s. It should have no changes: clusterctl plan %s\n", out,
		session.Quoted([]string{out}))
	return nil
}
