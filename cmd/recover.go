package cmd

import (
	"context"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/session"
)

func recoverCommand(c *console) *cli.Command {
	var r session.Run
	var o session.RecoverOptions
	return c.command(cli.Command{
		Name:      "recover",
		Usage:     "bring the database back after most of its voters are lost for good",
		ArgsUsage: "[FILE | DIR | -]...",
		Description: `For the night when the database has no quorum and never will: most voters are gone for good. Reads, on the
machine of every member that answers, what that member's own copy of the database knows; no daemon has to run.
Picks the voter with the newest copy and shows what will be done. Once somebody has agreed by typing that
member's name it stops the daemon, archives the database's folder, makes the member the only one of the
database, starts it, waits, and shows the plan to remove the lost members by force, with the usual
consent: --allow-destroy member/NAME for each.

It needs connections over ssh:// or unix://. While enough voters could be started instead it refuses.

A lost member must never come back without being wiped.`,
	},
		func(ctx context.Context, names []string) error {
			return c.prepare(&r, names, "recover").Recover(ctx, o)
		},
		text(&o.Survivor, "survivor", "go on with `MEMBER` instead of the voter with the newest copy"),
		autoApprove(&r.Approve), allowDestroy(&r.Options), c.formats("text", "json"),
		services(&o.Service, "stop-command", "start-command"), c.locking(&r.Lock), c.limits())
}
