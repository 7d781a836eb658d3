package cmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
	"clusterctl/drivers"
	"clusterctl/schema"
	"clusterctl/schema/emit"
)

func statusCommand(c *console) *cli.Command {
	var watch bool
	interval := 3 * time.Second
	return c.command("status", func(ctx context.Context, names []string) error {
		if err := c.NotOfDump(watch, "Leave --watch out.", "nothing changes in a dump"); err != nil {
			return err
		}
		if watch {
			c.out.unpaged()
			return c.Watch(ctx, c.at(names), interval, c.showChange)
		}
		found, err := c.Status(ctx, c.at(names))
		if ctx.Err() == nil && found.Format != 0 {
			err = cmp.Or(err, c.printAs("status", forms{"json": jsonForm(found),
				"text":       func(w io.Writer) { render.StatusText(w, c.paint, found) },
				"html":       func(w io.Writer) { render.StatusPage(w, found) },
				"prometheus": func(w io.Writer) { render.StatusMetrics(w, found) }}))
			if drivers.Is(err, drivers.NoLeader) { // the page says what to do
				err = session.Fail(session.CodeOf(err), "", err)
			}
		}
		return err
	}, c.look("text", "json", "prometheus", "html"), c.inAllForms(),
		yes(&watch, "watch",
			"look again and again until Ctrl-C: on a terminal the page is redrawn, elsewhere each change is a line"),
		span(&interval, "interval", "with --watch, wait this `DURATION` between two looks"))
}

func (c *console) showChange(before, now session.Status, reason error) {
	c.print(now, func() {
		if c.OutTerminal {
			render.StatusRedraw(c.Out, c.paint, now, c.Now())
			return
		}
		render.StatusLines(c.Out, before, now, c.Now())
		if reason != nil && before.Cluster.Source != now.Cluster.Source {
			fmt.Fprintf(c.Err, "Error: %s\n", reason)
		}
	})
}

func showCommand(c *console) *cli.Command {
	return c.command("show", func(ctx context.Context, args []string) error {
		what, names, err := whatToShow(c.Registry, args)
		if err != nil {
			return err
		}
		o, err := c.Object(ctx, c.at(names), what)
		if err != nil {
			return err
		}
		c.print(struct {
			Format int `json:"format_version"`
			schema.Object
		}{objectFormat, o}, func() { _, _ = c.Out.Write(emit.EncodeObject(o)) })
		return nil
	}, c.look("text", "json"))
}

// objectFormat is the version of the JSON that show and list write.
const objectFormat = 1

// whatToShow splits the arguments into what to show and the inputs. A first word without a slash is a kind, and the
// second the name.
func whatToShow(reg schema.Registry, args []string) (string, []string, error) {
	if len(args) == 0 {
		return "", nil, usage("For instance: clusterctl show member node1", "nothing named to show")
	}
	word, names := args[0], args[1:]
	server, _ := reg.Kind(schema.KindServer)
	switch {
	case word == server.Plural || word == string(server.Name):
		word += "/" + schema.ServerName // there is one
	case !strings.Contains(word, "/") && len(names) > 0:
		word, names = word+"/"+names[0], names[1:]
	}
	if _, ok := schema.ParseRef(reg, word); ok {
		return word, names, nil
	}
	kinds := schema.Map(reg.All(), func(kind schema.Kind) string { return string(kind.Name) })
	kind, _, _ := strings.Cut(word, "/")
	hint := strings.TrimSpace(schema.DidYouMean(kind, kinds) + " The kinds are " + strings.Join(kinds, ", ") + ".")
	return "", nil, usage(hint, "nothing can be called %q", word)
}

func listCommand(c *console) *cli.Command {
	var project, member string
	return c.command("list", func(ctx context.Context, names []string) error {
		instances, err := c.Instances(ctx, c.at(names), project, member)
		if err != nil {
			return err
		}
		c.print(struct {
			Format    int                `json:"format_version"`
			Instances []session.Instance `json:"instances"`
		}{objectFormat, instances}, func() { render.Instances(c.Out, instances) })
		return nil
	}, c.look("text", "json"), text(&project, "project", "list the instances of this `PROJECT` only"), text(&member,
		"member", "list the instances on this `MEMBER` only"))
}

func whatifCommand(c *console) *cli.Command {
	var down []string
	var details bool
	return c.command("whatif", func(ctx context.Context, names []string) error {
		if len(down) == 0 {
			return usage("For instance: clusterctl whatif --down node2", "nobody is named by --down")
		}
		loss, err := c.WhatIf(ctx, c.at(names), down)
		if err != nil {
			return err
		}
		c.print(render.LossJSON(loss), func() { render.Loss(c.Out, c.paint, loss) })
		if details && !loss.StaysUp() {
			return session.Silent(session.ExitChanges)
		}
		return nil
	}, c.look("text", "json"),
		list(&down, "down",
			"suppose that this `MEMBER` goes down, or with domain:NAME all members of a failure domain; once per "+
				"thing"),
		detailed(&details, "the database would stop"))
}

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

func journalCommand(c *console) *cli.Command {
	return c.command("journal", func(_ context.Context, args []string) error {
		dir := c.JournalDir(c.journal)
		if len(args) > 0 {
			return c.showRun(dir, args[0])
		}
		runs, err := session.Past(dir)
		if err != nil {
			return err
		}
		c.print(struct {
			Format int               `json:"format_version"`
			Runs   []session.PastRun `json:"runs"`
		}{1, append([]session.PastRun{}, runs...)}, func() { render.Runs(c.Out, runs) })
		return nil
	}, c.journalFlag(), c.formats("text", "json"))
}

func (c *console) showRun(dir, run string) error {
	lines, err := session.PastEvents(dir, run)
	switch {
	case err != nil:
		return err
	case c.format == "json":
		_, err = c.Out.Write(lines)
		return err
	}
	render.RunEvents(c.Out, lines)
	return nil
}
