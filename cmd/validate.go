package cmd

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
	"clusterctl/schema"
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
		text(&o.Metadata, "metadata", "take keys that the tables lack from `FILE`, a server's own list: clusterctl schema --metadata"),
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
