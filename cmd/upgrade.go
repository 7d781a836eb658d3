package cmd

import (
	"context"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/session"
)

func upgradeCommand(c *console) *cli.Command {
	var r session.Run
	var o session.UpgradeOptions
	return c.command(cli.Command{
		Name:      "upgrade",
		Usage:     "bring the daemons of all members to a newer version, one at a time",
		ArgsUsage: "[FILE | DIR | -]...",
		Description: `Looks whether the cluster is in order: everybody online, nothing half-made, no operation running. Shows the
order (members without a vote first, the leader last), asks, saves the database to a file, and then, one member
after the other, installs the new version, restarts the daemon, and waits until the database says that
it is back. A daemon that is newer than others waits for them and answers nothing meanwhile; instances go on.
When the last one is restarted, all of them answer again.

The first restart of a newer version is the point of no return: an older daemon does not start beside a
newer one. When something fails later, mend it and run the same command: it goes on with the members left.

Known are Debian's packages of LXD and Incus and the snap; --command and --restart-command are for others.
It needs connections over ssh:// or unix:// to all members.`,
	},
		func(ctx context.Context, names []string) error {
			return c.prepare(&r, names, "upgrade").Upgrade(ctx, o)
		},
		yes(&o.Dry, "dry-run", "show what would be done, and do nothing"),
		yes(&o.Evacuate, "evacuate", "move each member's instances away before its restart, and back afterwards"),
		text(&o.Dump, "dump", "save the database to `FILE` (default: clusterctl-TIME.sql)"),
		text(&o.To, "to", "install this `VERSION` of the package, or this channel of the snap (default: the newest)"),
		autoApprove(&r.Approve), c.formats("text", "json"),
		services(&o.Service, "command", "restart-command"), c.locking(&r.Lock), c.limits())
}
