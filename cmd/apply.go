package cmd

import (
	"context"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/session"
)

func applyCommand(c *console) *cli.Command {
	var r session.Run
	return c.command("apply",
		func(ctx context.Context, names []string) error {
			c.Rehearse = !c.noRehearse
			return c.prepare(&r, names, "apply").Apply(ctx)
		},
		text(&r.Plan, "plan", "apply the saved plan in `FILE` also when it has no seal of yours: its operations are shown, and only a person can say yes"),
		c.planKey(), c.allowCommands(), autoApprove(&r.Approve), c.formats("text", "json", "junit"), c.rehearsing(),
		c.choices(&r.Options),
		yes(&r.Detailed, "detailed-exitcode",
			"exit with 9 when all was done and something that is declared could not be looked at"), c.locking(&r.Lock),
		c.limits())
}
