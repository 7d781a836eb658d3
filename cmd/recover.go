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
		c.services(&o.Service, "stop-command", "start-command"), c.locking(&r.Lock), c.limits())
}
