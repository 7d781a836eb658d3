package cmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
	"clusterctl/drivers"
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
		yes(&watch, "watch", "look again and again until Ctrl-C: on a terminal the page is redrawn, elsewhere each change is a line"),
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
