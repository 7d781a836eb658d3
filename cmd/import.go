package cmd

import (
	"cmp"
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/schema"
)

type importFlags struct {
	state, remote, out string
	force              bool
}

func importCommand(c *console) *cli.Command {
	var f importFlags
	return c.command("import", func(ctx context.Context, args []string) error {
		if f.state == "" || len(args) > 0 {
			return usage("For instance: tofu state pull | clusterctl import --from-tofu -", "name the state by --from-tofu")
		}
		return c.imported(ctx, f)
	}, text(&f.state, "from-tofu", "take what the state of OpenTofu or Terraform in `FILE` has, - for standard input"),
		text(&f.remote, "remote", "of several servers, take what the provider calls the remote `NAME`"),
		text(&f.out, "out", "write to `FILE` instead of standard output", "o"),
		yes(&f.force, "force", "overwrite the file of --out"), maxInput(&c.Trust.MaxInput))
}

func (c *console) imported(ctx context.Context, f importFlags) error {
	text, found, err := c.FromTofu(ctx, f.state, f.remote, cmp.Or(f.out, "what is printed"))
	if err != nil {
		return err
	}
	if found.Has(schema.SeverityError) {
		render.Diagnostics(c.Err, c.paint, found)
		fmt.Fprintln(c.Err, "\nThis is to be completed in the file.")
	}
	return c.written(f.out, text, replacing(f.force), "the preseed",
		"Add how the members are reached, and see that nothing differs")
}
