package cmd

import (
	"context"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/session"
)

func upgradeCommand(c *console) *cli.Command {
	var r session.Run
	var o session.UpgradeOptions
	return c.command("upgrade", func(ctx context.Context, names []string) error {
		return c.prepare(&r, names, "upgrade").Upgrade(ctx, o)
	}, yes(&o.Dry, "dry-run", "show what would be done, and do nothing"), yes(&o.Evacuate, "evacuate",
		"move each member's instances away before its restart, and back afterwards"), text(&o.Dump, "dump",
		"save the database to `FILE` (default: clusterctl-TIME.sql)"), text(&o.To, "to",
		"install this `VERSION` of the package, or this channel of the snap (default: the newest)"), autoApprove(&r.Approve),
		c.formats("text", "json"), c.allowCommands(),
		service(&o.Service.Upgrade, "command", "install the new version with `TEXT`, on each member's machine"),
		service(&o.Service.Restart, "restart-command", "restart a daemon with `TEXT`; it must not wait until the daemon is ready"),
		c.locking(&r.Lock), c.limits())
}
