package cmd

import (
	"context"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/session"
)

func applyCommand(c *console) *cli.Command {
	var r session.Run
	return c.command(cli.Command{
		Name:      "apply",
		Usage:     "make the cluster what the preseed says",
		ArgsUsage: "[FILE | DIR | - | SAVED PLAN]...",
		Description: `Plans as 'plan' does, shows the plan, asks, and carries it out step by step. At the end it reads the
cluster again and says what still differs; after a good run that is nothing.

It is safe to run again at any time, also after a failure, a lost connection or Ctrl-C: it goes on from
what the cluster's database says. Ctrl-C once lets the running steps finish; twice stops now.

A plan saved by 'clusterctl plan --out FILE' is applied exactly as it is, without a question; when the
cluster has changed since, nothing is done and the exit code is 4.

Exit code 0: done, or nothing to do. 1: something still differs. 3: the preseed is not valid. 4: the saved
plan is stale. 5: not approved, or refused by a guard. 6: stopped part-way. 8: cluster not reachable. 9: done,
and something that is declared could not be looked at; with --detailed-exitcode.`,
	},
		func(ctx context.Context, names []string) error { return c.prepare(&r, names, "apply").Apply(ctx) },
		autoApprove(&r.Approve), c.formats("text", "json", "junit"), c.compacting(), choices(&r.Options),
		yes(&r.Detailed, "detailed-exitcode",
			"exit with 9 when all was done and something that is declared could not be looked at"), c.locking(&r.Lock),
		c.limits())
}
