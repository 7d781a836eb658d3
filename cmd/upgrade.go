package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/sync/errgroup"

	"clusterctl/drivers"
	"clusterctl/plan/care"
	"clusterctl/schema"
)

type upgradeFlags struct {
	apply            applyFlags
	service          schema.Service
	dry, evacuate    bool
	dump, newVersion string
}

func upgradeCommand(s *session) *cli.Command {
	return &cli.Command{
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
		Flags: slices.Concat([]cli.Flag{
			&cli.BoolFlag{Name: "dry-run", EnvVars: env("dry-run"), DisableDefaultText: true, Usage: "show what would be done, and do nothing"},
			&cli.BoolFlag{Name: "evacuate", EnvVars: env("evacuate"), DisableDefaultText: true, Usage: "move each member's instances away before its restart, and back afterwards"},
			&cli.StringFlag{Name: "dump", EnvVars: env("dump"), Usage: "save the database to `FILE` (default: clusterctl-TIME.sql)"},
			&cli.StringFlag{Name: "to", EnvVars: env("to"), Usage: "install this `VERSION` of the package, or this channel of the snap (default: the newest)"},
			autoApproveFlag(), formatFlag("text", "json"),
		}, serviceCommandFlags("command", "restart-command"), lockingFlags(), reachFlags()),
		Action: func(c *cli.Context) error {
			flags := upgradeFlags{dry: c.Bool("dry-run"), evacuate: c.Bool("evacuate"), dump: c.String("dump"), newVersion: c.String("to"), service: serviceFlagsOf(c)}
			flags.apply = applyFlags{given: givenFlags(c), approve: c.Bool("auto-approve"), lock: lockFlagsOf(c), journal: journalDir(s, c.String("journal"))}
			flags.apply.lock.rolling = true
			var err error
			if flags.apply.format, err = formatOf(c, "text", "json"); err != nil {
				return err
			}
			if flags.apply.reach, err = reachOf(c); err != nil {
				return err
			}
			if flags.dump == "" {
				flags.dump = "clusterctl-" + s.Now().UTC().Format("20060102-150405") + ".sql"
			}
			names := c.Args().Slice()
			run := newApplyRun(s, flags.apply, slices.Concat([]string{"upgrade"}, names), names)
			return run.end(run.upgrade(c.Context, flags))
		},
	}
}

func (r *applyRun) upgrade(ctx context.Context, flags upgradeFlags) (err error) {
	seen, err := r.seek(ctx, lookFlags{reach: r.flags.reach}, r.names)
	if err != nil {
		return err
	}
	defer closing(seen.backend, &err)
	live, err := readLive(ctx, r.session, seen.backend, r.flags.reach)
	if err != nil {
		return err
	}
	flags.service = flags.service.Or(seen.want.Settings.Service)
	options := care.UpgradeOptions{Evacuate: flags.evacuate, Daemons: findDaemons(ctx, seen, flags)}
	if options.Operations, err = runningOperations(ctx, seen.backend); err != nil {
		return fmt.Errorf("looking for running operations: %w", err)
	}
	v := &survey{wish: &wish{want: schema.Preseed{Files: seen.want.Files}}, secrets: secretsOf(r.Streams, seen.want), backend: seen.backend,
		facts: live.Facts, plan: care.Upgrade(live, r.reg, options), operator: true}
	r.result.Diagnostics = v.plan.Diagnostics
	r.report.plan(v)
	switch {
	case v.plan.Refused():
		r.result.Result = "refused"
		return silent(ExitConsent)
	case flags.dry:
		r.report.note("The database would be saved to " + flags.dump + " first.")
		r.result.Result = "unchanged"
		return nil
	}
	if err := r.consent(ctx, len(v.plan.Steps)); err != nil {
		return err
	}
	if err := saveDatabase(ctx, seen.backend, flags.dump); err != nil {
		return fmt.Errorf("saving the database to %s; nothing was touched: %w", flags.dump, err)
	}
	r.report.note("The database is saved to " + flags.dump + ".")
	if err := r.carryOut(ctx, v); err != nil {
		return fail(codeOf(err), hintOf(err)+"\nAn older daemon does not start beside a newer one: go on, not back.", err)
	}
	r.result.Result, r.result.Verified = "applied", true
	return nil
}

// findDaemons finds out how each member's daemon is handled. One whose machine does not say is left out.
func findDaemons(ctx context.Context, seen sight, flags upgradeFlags) map[string]care.Daemon {
	shell, ok := seen.backend.(drivers.Shell)
	if !ok {
		return nil
	}
	found := make([]care.Daemon, len(seen.want.Members))
	var group errgroup.Group
	group.SetLimit(flags.apply.parallelism)
	for i, m := range seen.want.Members {
		group.Go(func() error {
			limited, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			if d, err := findDaemon(limited, shell, m, flags.service); err == nil {
				if s, _ := drivers.ServiceOf(d.Folder); flags.service.Upgrade == "" && flags.newVersion != "" {
					d.Upgrade = s.UpgradeTo(flags.newVersion)
				}
				found[i] = d
			}
			return nil
		})
	}
	_ = group.Wait() // its functions return none
	daemons := map[string]care.Daemon{}
	for i, m := range seen.want.Members {
		if found[i].Folder != "" {
			daemons[m.Name] = found[i]
		}
	}
	return daemons
}

// runningOperations describes the tasks that run anywhere in the cluster.
func runningOperations(ctx context.Context, backend drivers.Backend) ([]string, error) {
	api, err := backend.API(ctx, "")
	if err != nil {
		return nil, err
	}
	reply, err := api.Do(ctx, drivers.Call{Method: "GET", Path: "/1.0/operations", Query: map[string]string{"recursion": "1", "all-projects": "true"}})
	if err != nil {
		return nil, err
	}
	var byStatus map[string][]struct{ Class, Description, Location string }
	if err := json.Unmarshal(reply.Metadata, &byStatus); err != nil {
		return nil, err
	}
	var out []string
	for _, op := range byStatus["running"] {
		if op.Class == "task" {
			out = append(out, strings.TrimSpace(op.Description+" on "+op.Location))
		}
	}
	slices.Sort(out)
	return out, nil
}

// saveDatabase writes the cluster's database as SQL, readable by its owner only: it has certificates and hashes in it.
func saveDatabase(ctx context.Context, backend drivers.Backend, path string) error {
	api, err := backend.API(ctx, "")
	if err != nil {
		return err
	}
	reply, err := api.Do(ctx, drivers.Call{Method: "GET", Path: "/internal/sql", Query: map[string]string{"database": "global"}})
	if err != nil {
		return err
	}
	var dump struct{ Text string }
	if err := json.Unmarshal(reply.Metadata, &dump); err != nil {
		return err
	}
	if dump.Text == "" {
		return errors.New("the daemon gives none")
	}
	return writeAtomically(path, []byte(dump.Text))
}
