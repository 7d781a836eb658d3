package cmd

import (
	"context"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/session"
)

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
