package cmd

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
	"clusterctl/plan"
	"clusterctl/schema"
	"clusterctl/schema/emit"
	"clusterctl/schema/preseed"
)

func validateCommand(c *console) *cli.Command {
	var o session.ValidateOptions
	return c.command("validate", func(ctx context.Context, names []string) error {
		v, err := c.Validate(ctx, names, o)
		if err != nil {
			return err
		}
		f := c.found(v.Found, func(w io.Writer) { c.validated(w, v) })
		f["json"] = jsonForm(render.DiagnosticsJSON(v.Found))
		if err := c.printAs("validate", f); err != nil {
			return err
		}
		if v.Found.Has(schema.SeverityError) {
			return session.Silent(session.ExitInvalid)
		}
		return nil
	},
		c.formats("text", "json", "github", "sarif", "codequality"), c.inAllForms(), c.reading(),
		server(&o.Server, "judge for `PRODUCT-VERSION`, such as incus-6.0.4 or lxd-5.21"),
		text(&o.Metadata, "metadata",
			"take keys that the tables lack from `FILE`, a server's own list: clusterctl schema --metadata"),
		yes(&o.Advice, "advice", "also say what is right and often regretted later"),
		yes(&o.Resolve, "resolve", "also look up the host names of the members, as plan and apply do; needs a network"))
}

func (c *console) validated(w io.Writer, v session.Validation) {
	render.Diagnostics(w, c.paint, v.Found)
	if len(v.Found) > 0 {
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, verdict(c.Registry, v.Want, v.Found))
	if v.ForIncus {
		fmt.Fprintf(w, "For Incus it is valid: clusterctl validate --server incus-%s\n", schema.JudgedIncus.Version)
	}
}

// verdict is the last line: "valid: 3 members, 2 storage pools", or how much is wrong.
func verdict(reg schema.Registry, want schema.Preseed, found schema.Diagnostics) string {
	warnings := found.Count(schema.SeverityWarning)
	if errs := found.Count(schema.SeverityError); errs > 0 {
		return "not valid: " + schema.Count(errs, "error") + ", " + schema.Count(warnings, "warning")
	}
	var parts []string
	if n := len(want.Members); n > 0 {
		parts = append(parts, schema.Count(n, "member"))
	}
	for _, kind := range reg.All() {
		n := len(want.Want.OfKind(kind.Name))
		if n > 0 && kind.Name != schema.KindMember && kind.Name != schema.KindServer {
			parts = append(parts, schema.Count(n, kind.Title))
		}
	}
	if warnings > 0 {
		parts = append(parts, schema.Count(warnings, "warning"))
	}
	if len(parts) == 0 {
		return "valid"
	}
	return "valid: " + strings.Join(parts, ", ")
}

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
			return usage("Leave --write out where the preseed comes from standard input.", "cannot write to %s: %w",
				in.Name, err)
		}
		return session.WriteFile(in.Name, out, info.Mode().Perm(), "Name the file itself, not a link.",
			session.Anything)
	}
	if !f.write && !f.check && !f.diff {
		_, err := c.Out.Write(out)
		return err
	}
	return nil
}

func diffCommand(c *console) *cli.Command {
	var details bool
	return c.command("diff", func(ctx context.Context, names []string) error {
		if len(names) != 2 {
			return usage("For instance: clusterctl diff old.yaml new.yaml", "%d arguments: name two to compare",
				len(names))
		}
		changes, err := c.Compare(ctx, names[0], names[1])
		if err != nil {
			return err
		}
		c.print(&plan.Plan{Changes: changes}, func() {
			out := c.folded(c.Out, false)
			render.Differences(out, c.paint, changes)
			out.close()
		})
		if details && len(changes) > 0 {
			return session.Silent(session.ExitChanges)
		}
		return nil
	}, c.formats("text", "json"), detailed(&details, "they differ"), c.reading())
}

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
