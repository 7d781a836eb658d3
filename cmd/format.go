package cmd

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
	"clusterctl/schema/preseed"
)

type formatFlags struct{ write, check, diff bool }

func formatCommand(c *console) *cli.Command {
	var f formatFlags
	return c.command("fmt", func(_ context.Context, names []string) error {
		inputs, err := c.Inputs(names)
		if err != nil {
			return err
		}
		differ := 0
		for _, in := range inputs {
			out, found := preseed.Format(in)
			if len(found) > 0 {
				return &session.InvalidError{Files: []string{in.Name}, Found: found}
			}
			if !bytes.Equal(in.Data, out) {
				differ++
			}
			if err := c.formatted(f, in, out); err != nil {
				return err
			}
		}
		if f.check && differ > 0 {
			return session.Silent(session.ExitError)
		}
		return nil
	}, yes(&f.write, "write", "write to the files instead of standard output", "w"),
		yes(&f.check, "check", "name the files that would change, and exit with 1 if there are any"),
		yes(&f.diff, "diff", "show what would change"), c.reading())
}

// formatted writes what became of one file to where the flags say.
func (c *console) formatted(f formatFlags, in preseed.Input, out []byte) error {
	same := bytes.Equal(in.Data, out)
	if f.check && !same {
		fmt.Fprintln(c.Out, in.Name)
	}
	if f.diff && !same {
		render.LineDiff(c.Out, c.paint, in.Name, in.Data, out)
	}
	if f.write && !same {
		info, err := os.Stat(in.Name)
		if err != nil {
			return usage("Leave --write out where the preseed comes from standard input.", "cannot write to %s: %w", in.Name,
				err)
		}
		return session.WriteFile(in.Name, out, info.Mode().Perm(), "Name the file itself, not a link.", session.Anything)
	}
	if !f.write && !f.check && !f.diff {
		_, err := c.Out.Write(out)
		return err
	}
	return nil
}
