package cmd

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"clusterctl/apply"
	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
)

func applyCommand(c *console) *cli.Command {
	var r session.Run
	about := planning(&r.Options)
	return c.command("apply",
		func(ctx context.Context, names []string) error {
			c.Rehearse, r.Planning = !c.noRehearse, c.set(about)
			return c.prepare(&r, names, "apply").Apply(ctx)
		},
		text(&r.Plan, "plan",
			"apply the saved plan in `FILE` also when it has no seal of yours: its operations are shown, and only a "+
				"person can say yes"),
		c.planKey(), c.allowCommands(), autoApprove(&r.Approve), c.formats("text", "json", "junit"), c.rehearsing(),
		c.choices(&r.Options), about,
		yes(&r.Detailed, "detailed-exitcode",
			"exit with 9 when all was done and something that is declared could not be looked at"), c.locking(&r.Lock),
		c.limits())
}

func removeCommand(c *console) *cli.Command {
	var r session.Run
	var force bool
	return c.command("remove", func(ctx context.Context, args []string) error {
		switch {
		case len(args) == 0:
			return usage("clusterctl remove MEMBER [FILE]...", "no member named")
		case force && r.Options.Evacuate:
			return usage("A dead member cannot be evacuated.", "both --force and --evacuate")
		}
		return c.prepare(&r, args[1:], "remove", args[0]).Remove(ctx, c.at(args[1:]), args[0], force)
	}, yes(&r.Options.Evacuate, "evacuate", "move the member's instances and custom volumes to others first"),
		yes(&force, "force", "give up a member that is dead and will not come back"),
		autoApprove(&r.Approve), allowDestroy(&r.Options), c.locking(&r.Lock), c.look("text", "json"))
}

func recoverCommand(c *console) *cli.Command {
	var r session.Run
	var o session.RecoverOptions
	return c.command("recover", func(ctx context.Context, names []string) error {
		return c.prepare(&r, names, "recover").Recover(ctx, o)
	}, text(&o.Survivor, "survivor", "go on with `MEMBER` instead of the voter with the newest copy"),
		autoApprove(&r.Approve), allowDestroy(&r.Options), c.formats("text", "json"),
		c.allowCommands(), service(&o.Service.Stop, "stop-command",
			"stop a daemon with `TEXT`, where no package is known (deb, snap, incus)"),
		service(&o.Service.Start, "start-command", "start a daemon with `TEXT`"), c.locking(&r.Lock), c.limits())
}

func upgradeCommand(c *console) *cli.Command {
	var r session.Run
	var o session.UpgradeOptions
	return c.command("upgrade", func(ctx context.Context, names []string) error {
		return c.prepare(&r, names, "upgrade").Upgrade(ctx, o)
	}, yes(&o.Dry, "dry-run", "show what would be done, and do nothing"), yes(&o.Evacuate, "evacuate",
		"move each member's instances away before its restart, and back afterwards"), text(&o.Dump, "dump",
		"save the database to `FILE` (default: clusterctl-TIME.sql)"), text(&o.To, "to",
		"install this `VERSION` of the package, or this channel of the snap (default: the newest)"),
		autoApprove(&r.Approve), c.formats("text", "json"), c.allowCommands(),
		service(&o.Service.Upgrade, "command", "install the new version with `TEXT`, on each member's machine"),
		service(&o.Service.Restart, "restart-command",
			"restart a daemon with `TEXT`; it must not wait until the daemon is ready"),
		c.locking(&r.Lock), c.limits())
}

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
