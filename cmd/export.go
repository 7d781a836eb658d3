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
		replaced := replacing(force)
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
	if err != nil {
		return err
	}
	return c.written(out, preseed, replaced, "the export", "It should have no changes")
}

// replacing is what --force, or nothing, lets a command write over.
func replacing(force bool) session.Own {
	if force {
		return session.Anything
	}
	return session.Nothing
}

// written writes a preseed to the file of --out, or without one to standard output. Only its owner reads it: user.* and
// the like may hold anything.
func (c *console) written(out string, preseed []byte, replaced session.Own, what, next string) error {
	if out == "" {
		_, err := c.Out.Write(preseed)
		return err
	}
	if err := session.WriteFile(out, preseed, 0o600, exportHint, replaced); err != nil {
		return fmt.Errorf("writing %s: %w", what, err)
	}
	fmt.Fprintf(c.Out, "Written to %s. %s: %s\n", out, next,
		c.sameServers("clusterctl plan "+session.Quoted([]string{out})))
	return nil
}
