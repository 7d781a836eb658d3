package cmd

import (
	"context"
	"io"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
)

func doctorCommand(c *console) *cli.Command {
	var r session.Run
	var fix, details bool
	return c.command("doctor", func(ctx context.Context, names []string) error {
		if err := c.NotOfDump(fix, "Leave --fix or --from-dump out.", "nothing can be mended in a dump"); err != nil {
			return err
		}
		if fix {
			return c.prepare(&r, names, "doctor").Mend(ctx, c.at(names))
		}
		return c.doctor(ctx, c.at(names), details)
	}, yes(&fix, "fix", "mend what can be mended for sure"), autoApprove(&r.Approve),
		detailed(&details, "there are findings, 9 when there are none and not all checks could be made"),
		c.locking(&r.Lock), c.look("text", "json", "github", "sarif", "codequality", "junit"), c.inAllForms())
}

// doctor looks and reports. A cluster whose database gives no answer may have findings all the same.
func (c *console) doctor(ctx context.Context, where session.Where, details bool) error {
	began := c.Now()
	d, err := c.Doctor(ctx, where)
	if d == nil || err != nil && len(d.Findings)+len(d.Beyond) == 0 {
		return err
	}
	f := c.found(d.Diagnostics(), func(w io.Writer) {
		if err != nil {
			render.Diagnostics(w, c.paint, d.Diagnostics())
			render.Beyond(w, d)
			return
		}
		render.Findings(w, c.paint, d)
	})
	took := c.Now().Sub(began)
	f["json"] = jsonForm(render.FindingsJSON(d))
	f["junit"] = func(w io.Writer) { render.FindingsJUnit(w, d, took) }
	if failed := c.printAs("doctor", f); failed != nil {
		return failed
	}
	switch {
	case err != nil || !details:
	case len(d.Findings) > 0:
		return session.Silent(session.ExitChanges)
	case len(d.Unmade) > 0:
		return session.Silent(session.ExitIncomplete)
	}
	return err
}
