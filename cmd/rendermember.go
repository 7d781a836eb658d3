package cmd

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/session"
)

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
		yes(&o.Secrets, "show-secrets", "write secrets instead of placeholders; files are then readable by their owner only"),
		yes(&o.Offline, "offline", "speak to no server; the certificate of the cluster is a placeholder"),
		server(&o.Server, "write for `PRODUCT-VERSION`, such as lxd-5.0.2 or incus-6.0.4, whatever runs there"), c.limits())
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
