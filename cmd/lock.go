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
	return c.command("lock", func(ctx context.Context, args []string) error {
		args = append(args, "")
		word, names := args[0], args[1:max(1, len(args)-1)]
		switch word {
		case "status":
			return c.LockOf(ctx, c.at(names), func(h apply.Held, _ func() error) error { return c.lockStatus(h) })
		case "break":
			c.prepare(&r, names, "lock", "break")
			return c.LockOf(ctx, c.at(names),
				func(h apply.Held, release func() error) error { return c.breakLock(ctx, &r, h, release) })
		}
		return usage("clusterctl lock status, or clusterctl lock break", "no such thing to do with a lock: %q", word)
	}, autoApprove(&r.Approve), c.look("text", "json"))
}

func (c *console) showLock(h apply.Held) {
	c.print(render.LockJSON(h), func() { render.Lock(c.Out, h) })
}

func (c *console) lockStatus(h apply.Held) error {
	c.showLock(h)
	if h.Locked && h.Good() > 0 {
		return session.Silent(session.ExitLocked)
	}
	return nil
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
