package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/sync/errgroup"

	"clusterctl/cmd/render"
	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/plan/care"
	"clusterctl/schema"
)

type recoverFlags struct {
	apply    applyFlags
	service  schema.Service
	survivor string
}

func recoverCommand(s *session) *cli.Command {
	return &cli.Command{
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
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "survivor", EnvVars: env("survivor"), Usage: "go on with `MEMBER` instead of the voter with the newest copy"},
			autoApproveFlag(), allowDestroyFlag(), formatFlag("text", "json"),
		}, serviceCommandFlags("stop-command", "start-command"), lockingFlags(), reachFlags()),
		Action: func(c *cli.Context) error {
			flags := recoverFlags{survivor: c.String("survivor"), service: serviceFlagsOf(c)}
			flags.apply = applyFlags{given: givenFlags(c), approve: c.Bool("auto-approve"), opts: planOptions(c), lock: lockFlagsOf(c), journal: journalDir(s, c.String("journal"))}
			var err error
			if flags.apply.format, err = formatOf(c, "text", "json"); err != nil {
				return err
			}
			if flags.apply.reach, err = reachOf(c); err != nil {
				return err
			}
			names := c.Args().Slice()
			run := newApplyRun(s, flags.apply, slices.Concat([]string{"recover"}, names), names)
			return run.end(run.recovery(c.Context, flags))
		},
	}
}

// recovery brings the database back and then plans the removal of the lost members.
func (r *applyRun) recovery(ctx context.Context, flags recoverFlags) (err error) {
	seen, err := r.seek(ctx, lookFlags{reach: r.flags.reach}, r.names)
	if err != nil {
		return err
	}
	defer closing(seen.backend, &err)
	shell, ok := seen.backend.(drivers.Shell)
	if !ok {
		return &drivers.Error{Kind: drivers.Unsupported, Op: "recovering", Err: errors.New("there are no machines to run commands on in this world")}
	}
	flags.service = flags.service.Or(seen.want.Settings.Service)
	copies := readCopies(ctx, shell, seen.want.Members, flags)
	if r.flags.format == "text" {
		render.Copies(r.Out, render.Color(r.color), copies)
	}
	p := care.Recovery(copies, care.RecoveryOptions{Survivor: flags.survivor, Archive: "database-" + r.Now().UTC().Format("20060102-150405") + ".tar.gz"})
	v := &survey{wish: &wish{want: schema.Preseed{Files: seen.want.Files}}, secrets: secretsOf(r.Streams, seen.want), backend: seen.backend, plan: p, operator: true}
	r.result.Diagnostics = p.Diagnostics
	r.report.plan(v)
	if p.Refused() {
		r.result.Result = "refused"
		return silent(ExitConsent)
	}
	survivor := p.Steps[len(p.Steps)-1].Member
	if i := slices.IndexFunc(p.Steps, func(s plan.Step) bool { return s.Op.Shell.Task == string(drivers.TaskRecover) }); i >= 0 {
		survivor = p.Steps[i].Member
	}
	if err := r.consentTo(ctx, fmt.Sprintf("Go on with %s alone? Type its name: ", survivor), survivor); err != nil {
		return err
	}
	if err := r.carryOut(ctx, v); err != nil {
		return err
	}
	return r.afterRecovery(ctx, seen, copies)
}

// afterRecovery waits until the database knows who is there, and plans the forced removal of the others.
func (r *applyRun) afterRecovery(ctx context.Context, seen sight, copies []care.Copy) error {
	r.report.note("\nWaiting until the database knows who is there.")
	live, err := r.settled(ctx, seen.backend, copies)
	if err != nil {
		return fail(ExitPartial, "Look with clusterctl status; then remove each lost member: clusterctl remove --force MEMBER", err)
	}
	var lost []schema.Object
	for _, name := range live.Facts.MemberOrder() {
		if m := live.Facts.Members[name]; !m.Online && m.State != schema.StatePending {
			lost = append(lost, schema.Object{Ref: schema.Ref{Kind: schema.KindMember, Name: name}, State: schema.StateLost})
		}
	}
	if len(lost) == 0 {
		r.result.Result, r.result.Verified = "applied", true
		return nil
	}
	v := r.operation(seen, live, lost...)
	err = r.whole(ctx, v)
	if v.plan.Refused() {
		return fail(ExitConsent, "The database works again. Then remove the lost members: clusterctl remove --force MEMBER --allow-destroy member/MEMBER",
			errors.New("the lost members are still listed"))
	}
	return err
}

// settleLimit is how long heartbeats may take to show who is there: as long as cluster.offline_threshold, which may be
// minutes, and some more.
const settleLimit = 5 * time.Minute

// settled reads the cluster until every member is either Online with a machine that answers or Offline without one. Right
// after a recovery everybody looks Offline, and then the lost ones may look Online (measured on lxd 5.0.2).
func (r *applyRun) settled(ctx context.Context, backend drivers.Backend, copies []care.Copy) (schema.Cluster, error) {
	alive := map[string]bool{}
	for _, c := range copies {
		alive[c.Member] = c.Fault == ""
	}
	for limit := r.Now().Add(settleLimit); ; {
		live, err := readLive(ctx, r.session, backend, r.flags.reach)
		if err == nil {
			err = unsettled(live.Facts, alive)
		}
		if err == nil || ctx.Err() != nil || r.Now().After(limit) {
			return live, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

func unsettled(f schema.Facts, alive map[string]bool) error {
	if f.Source != "dqlite" {
		return errors.New("the database cannot be read yet")
	}
	for _, name := range f.MemberOrder() {
		m := f.Members[name]
		if answers, asked := alive[name]; asked && m.State != schema.StatePending && m.Online != answers {
			return fmt.Errorf("%s: its machine answers: %t, its heartbeat is %s old", name, answers, m.HeartbeatAge.Round(time.Second))
		}
	}
	return nil
}

// readCopies reads what each member's own copy of the database knows, at the members' machines.
func readCopies(ctx context.Context, shell drivers.Shell, members []schema.Member, flags recoverFlags) []care.Copy {
	copies := make([]care.Copy, len(members))
	var group errgroup.Group
	group.SetLimit(flags.apply.parallelism)
	for i, m := range members {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			c, err := readCopy(ctx, shell, m, flags.service)
			if err != nil {
				c.Fault = strings.TrimPrefix(err.Error(), m.Name+": ")
			}
			copies[i] = c
			return nil
		})
	}
	_ = group.Wait() // what went wrong is in the copies
	return copies
}

func readCopy(ctx context.Context, shell drivers.Shell, m schema.Member, given schema.Service) (care.Copy, error) {
	c := care.Copy{Member: m.Name, Address: m.Address}
	var err error
	if c.Daemon, err = findDaemon(ctx, shell, m, given); err != nil {
		return c, err
	}
	text, err := runOn(ctx, shell, m, c.Daemon, drivers.TaskShow)
	if err != nil {
		return c, err
	}
	c.Segment, c.Members, err = drivers.ParseShow(text)
	return c, err
}
