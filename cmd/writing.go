package cmd

import (
	"cmp"
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
	"clusterctl/schema"
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

func importCommand(c *console) *cli.Command {
	var state, remote, out string
	var force bool
	return c.command("import", func(ctx context.Context, args []string) error {
		if state == "" || len(args) > 0 {
			return usage("For instance: tofu state pull | clusterctl import --from-tofu -",
				"name the state by --from-tofu")
		}
		text, found, err := c.FromTofu(ctx, state, remote, cmp.Or(out, "what is printed"))
		if err != nil {
			return err
		}
		if found.Has(schema.SeverityError) {
			render.Diagnostics(c.Err, c.paint, found)
			fmt.Fprintln(c.Err, "\nThis is to be completed in the file.")
		}
		return c.written(out, text, replacing(force), "the preseed",
			"Add how the members are reached, and see that nothing differs")
	}, text(&state, "from-tofu", "take what the state of OpenTofu or Terraform in `FILE` has, - for standard input"),
		text(&remote, "remote", "of several servers, take what the provider calls the remote `NAME`"),
		text(&out, "out", "write to `FILE` instead of standard output", "o"),
		yes(&force, "force", "overwrite the file of --out"), maxInput(&c.Trust.MaxInput))
}

func renderCommand(c *console) *cli.Command {
	var o session.DocumentOptions
	var all bool
	var dir string
	return c.command("render", func(ctx context.Context, args []string) error {
		switch {
		case all && dir == "":
			return usage("Name the directory: --all --dir DIR", "--all writes files")
		case !all && len(args) == 0:
			return usage("clusterctl render MEMBER [FILE]..., or --all --dir DIR", "no member named")
		case !all:
			o.Member, args = args[0], args[1:]
		}
		return c.documents(ctx, args, dir, o)
	}, yes(&all, "all", "write one file for each member into --dir; all arguments are inputs"),
		text(&dir, "dir", "write to `DIR`/MEMBER.yaml instead of standard output", "d"),
		yes(&o.Secrets, "show-secrets",
			"write secrets instead of placeholders; files are then readable by their owner only"),
		yes(&o.Offline, "offline", "speak to no server; the certificate of the cluster is a placeholder"),
		server(&o.Server, "write for `PRODUCT-VERSION`, such as lxd-5.0.2 or incus-6.0.4, whatever runs there"),
		c.limits())
}

func (c *console) documents(ctx context.Context, names []string, dir string, o session.DocumentOptions) error {
	docs, err := c.Documents(ctx, names, o)
	if err != nil {
		return err
	}
	for _, doc := range docs {
		for _, text := range doc.Placeholders {
			fmt.Fprintf(c.Err, "Note: %s: fill in %s\n", doc.Member, text)
		}
		if dir == "" {
			_, _ = c.Out.Write(doc.Text)
			continue
		}
		path, err := session.WriteDocument(dir, doc, o.Secrets)
		if err != nil {
			return err
		}
		fmt.Fprintln(c.Out, path)
	}
	return nil
}
