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
machine of every member that answers, that member's own copy of the database, its Raft log and the rows in it;
no daemon has to run, and nothing is changed by looking. Picks the voter whose log ends with the highest term and
index, says until when its copy goes and what other copies have that it has not, and shows what will be done.
Once somebody has agreed by typing that member's name it stops the daemons, archives every copy with its
checksum, looks again, makes the member the only one of the database, keeps old voters from voting, starts the
daemons, waits, holds the database against the copy, and shows the plan to remove the lost members by force, with
the usual consent: --allow-destroy member/NAME for each.

It needs connections over ssh:// or unix://. While enough voters could be started instead it refuses. Where two
copies are equal or one cannot be read there is no default: say --survivor. A survivor whose copy is older than
that of OTHER needs --allow-destroy newer-copy/OTHER as well.

A lost member must never come back without being wiped.`,
	},
		func(ctx context.Context, names []string) error {
			return c.prepare(&r, names, "recover").Recover(ctx, o)
		},
		text(&o.Survivor, "survivor", "go on with `MEMBER` instead of the voter with the newest copy"),
		autoApprove(&r.Approve), allowDestroy(&r.Options), c.formats("text", "json"),
		services(&o.Service, "stop-command", "start-command"), c.locking(&r.Lock), c.limits())
}
