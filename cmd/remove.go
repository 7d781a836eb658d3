package cmd

import (
	"context"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/session"
)

func removeCommand(c *console) *cli.Command {
	var r session.Run
	var force bool
	return c.command(cli.Command{
		Name:      "remove",
		Usage:     "take one member out of the cluster",
		ArgsUsage: "MEMBER [FILE | DIR | -]...",
		Description: `Shows what will happen, asks, and removes the member. The files, or --connect, say how to reach the cluster;
nothing else of them counts. Afterwards the database's table of members and its Raft configuration are read.

A member that is online leaves cleanly: it must be empty, and becomes a standalone server. What still lives
on it is named. --evacuate moves its instances and then its custom volumes to other members first; what cannot
be moved is named before anything is done.

--force gives up a member that is dead: it is never asked, and what was on it is lost for LXD. This needs
consent by name, --allow-destroy member/NAME. The server must be wiped before it can come back.

In a preseed the same is 'state: absent' and 'state: lost'; take the member out of the files afterwards.`,
	},
		func(ctx context.Context, args []string) error {
			switch {
			case len(args) == 0:
				return usage("clusterctl remove MEMBER [FILE]...", "no member named")
			case force && r.Options.Evacuate:
				return usage("A dead member cannot be evacuated.", "both --force and --evacuate")
			}
			return c.prepare(&r, args[1:], "remove", args[0]).Remove(ctx, c.at(args[1:]), args[0], force)
		},
		yes(&r.Options.Evacuate, "evacuate", "move the member's instances and custom volumes to others first"),
		yes(&force, "force", "give up a member that is dead and will not come back"),
		autoApprove(&r.Approve), allowDestroy(&r.Options), c.locking(&r.Lock), c.look("text", "json"))
}
