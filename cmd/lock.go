package cmd

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"clusterctl/apply"
	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
)

func lockCommand(c *console) *cli.Command {
	var r session.Run
	return c.group("lock",
		c.command("lock status", func(ctx context.Context, names []string) error {
			return c.LockOf(ctx, c.at(names), func(h apply.Held, _ func() error) error {
				c.showLock(h)
				if h.Locked && h.Good() > 0 {
					return session.Silent(session.ExitLocked)
				}
				return nil
			})
		}, c.look("text", "json")),
		c.command("lock break", func(ctx context.Context, names []string) error {
			c.prepare(&r, names, "lock", "break")
			return c.LockOf(ctx, c.at(names),
				func(h apply.Held, release func() error) error { return c.breakLock(ctx, &r, h, release) })
		}, autoApprove(&r.Approve), c.look("text", "json")))
}

func (c *console) showLock(h apply.Held) {
	c.print(render.LockJSON(h), func() { render.Lock(c.Out, h) })
}

func (c *console) breakLock(ctx context.Context, r *session.Run, h apply.Held, release func() error) error {
	if !h.Locked || c.format == "text" {
		c.showLock(h)
	}
	if !h.Locked {
		return nil
	}
	if err := r.Confirm(ctx, session.Question{}); err != nil {
		return err
	}
	if err := release(); err != nil {
		return err
	}
	c.print(render.LockJSON(apply.Held{}), func() { fmt.Fprintln(c.Err, "The lock is broken.") })
	return nil
}
