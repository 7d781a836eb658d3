package cmd

import (
	"context"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/session"
)

func applyCommand(c *console) *cli.Command {
	var r session.Run
	return c.command("apply",
		func(ctx context.Context, names []string) error { return c.prepare(&r, names, "apply").Apply(ctx) },
		autoApprove(&r.Approve), c.formats("text", "json", "junit"), c.compacting(), choices(&r.Options),
		yes(&r.Detailed, "detailed-exitcode",
			"exit with 9 when all was done and something that is declared could not be looked at"), c.locking(&r.Lock),
		c.limits())
}
