package cmd

import (
	"context"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/session"
)

func recoverCommand(c *console) *cli.Command {
	var r session.Run
	var o session.RecoverOptions
	return c.command("recover", func(ctx context.Context, names []string) error {
		return c.prepare(&r, names, "recover").Recover(ctx, o)
	}, text(&o.Survivor, "survivor", "go on with `MEMBER` instead of the voter with the newest copy"),
		autoApprove(&r.Approve), allowDestroy(&r.Options), c.formats("text", "json"),
		c.allowCommands(), service(&o.Service.Stop, "stop-command", "stop a daemon with `TEXT`, where no package is known (deb, snap, incus)"),
		service(&o.Service.Start, "start-command", "start a daemon with `TEXT`"), c.locking(&r.Lock), c.limits())
}
