package cmd

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/user"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"clusterctl/apply"
	"clusterctl/cmd/render"
	"clusterctl/drivers"
)

func lockCommand(s *session) *cli.Command {
	return &cli.Command{
		Name:      "lock",
		Usage:     "show or break the lock of a cluster",
		ArgsUsage: "status | break [FILE | DIR | -]...",
		Description: `apply, remove and upgrade lock the cluster while they work, so that two people do not change it at once. The
lock is a note in the cluster's own configuration (user.clusterctl.lock) with who, where and since when. It is
renewed meanwhile and goes by itself two minutes after its holder has died. LXD does not look at it.

    clusterctl lock status    says who holds it
    clusterctl lock break     takes it away from whoever holds it

Exit code 7, of status: somebody holds it.`,
		Flags: append([]cli.Flag{autoApproveFlag()}, lookCommandFlags("text", "json")...),
		Action: func(c *cli.Context) error {
			flags, err := lookFlagsOf(c, "text", "json")
			if err != nil {
				return err
			}
			switch word := c.Args().First(); word {
			case "status", "break":
				return lock(c.Context, s, flags, c.Args().Tail(), word == "break", c.Bool("auto-approve"))
			default:
				return fail(ExitUsage, "clusterctl lock status, or clusterctl lock break", fmt.Errorf("no such thing to do with a lock: %q", word))
			}
		},
	}
}

func lock(ctx context.Context, s *session, flags lookFlags, names []string, breaking, approve bool) (err error) {
	seen, err := s.seek(ctx, flags, names)
	if err != nil {
		return err
	}
	defer closing(seen.backend, &err)
	limited, cancel := context.WithTimeout(ctx, flags.timeout)
	defer cancel()
	api, err := seen.backend.API(limited, "")
	if err != nil {
		return err
	}
	held := apply.Lock{API: api}
	lease, locked, err := held.Holder(limited)
	if err != nil {
		return err
	}
	json := flags.format == "json"
	switch {
	case !json:
		render.Lock(s.Out, lease, locked, s.Now())
	case !breaking || !locked:
		err = render.LockJSON(s.Out, lease, locked, s.Now())
	}
	switch {
	case err != nil || !locked:
		return err
	case !breaking && s.Now().Before(lease.Expires):
		return silent(ExitLocked)
	case !breaking:
		return nil
	}
	run := newApplyRun(s, applyFlags{reach: flags.reach, format: flags.format, approve: approve}, append([]string{"lock", "break"}, names...), names)
	if err := run.consentTo(ctx, "Break it? Only \"yes\" is accepted: ", "yes"); err != nil {
		return err
	}
	if err := held.Release(limited, lease.ID); err != nil {
		return err
	}
	if json {
		return render.LockJSON(s.Out, apply.Lease{}, false, s.Now())
	}
	fmt.Fprintln(s.Err, "The lock is broken.")
	return nil
}

// lockFlags say whether and how an apply locks the cluster.
type lockFlags struct {
	off     bool
	timeout time.Duration
	// rolling is for an upgrade, see [apply.Lock].
	rolling bool
}

func lockingFlags() []cli.Flag {
	return []cli.Flag{
		journalFlag(),
		&cli.BoolFlag{Name: "no-lock", EnvVars: env("no-lock"), DisableDefaultText: true, Usage: "do not lock the cluster meanwhile (see clusterctl lock --help)"},
		&cli.DurationFlag{Name: "lock-timeout", EnvVars: env("lock-timeout"), Usage: "wait for a lock that somebody else holds for this `DURATION`"},
	}
}

func lockFlagsOf(c *cli.Context) lockFlags {
	return lockFlags{off: c.Bool("no-lock"), timeout: c.Duration("lock-timeout")}
}

// errWaited is for a lock that was free only after a while: the cluster may have been changed meanwhile.
var errWaited = errors.New("somebody else has changed the cluster meanwhile, or may have")

// locked locks a cluster and returns what gives the lock back. The error is errWaited, and the lock is taken, when
// somebody else had it first.
func (r *applyRun) locked(ctx context.Context, backend drivers.Backend) (unlock func(), err error) {
	api, err := backend.API(ctx, "")
	if err != nil {
		return nil, err
	}
	held, lease := apply.Lock{API: api, Rolling: r.flags.lock.rolling}, apply.Lease{ID: rand.Text(), Owner: r.owner(), Host: hostname()}
	waited := false
	for limit := r.Now().Add(r.flags.lock.timeout); ; {
		err = held.Take(ctx, lease)
		var other *apply.HeldError
		if err == nil {
			break
		}
		if !errors.As(err, &other) {
			return nil, fail(ExitError, "--no-lock goes on without a lock.", err)
		}
		if !r.Now().Before(limit) {
			r.result.Result = "locked"
			return nil, fail(ExitLocked, fmt.Sprintf("It is good for another %s, and renewed while its holder works. Nothing was touched.\n"+
				"Wait with --lock-timeout 10m; if nobody is at work: clusterctl lock break", other.Lease.Expires.Sub(r.Now()).Round(time.Second)), err)
		}
		waited = true
		select {
		case <-ctx.Done():
			return nil, fail(ExitInterrupted, "", errors.New("interrupted while waiting for the lock; nothing was touched"))
		case <-time.After(time.Second):
		}
	}
	keeping, stop := context.WithCancel(ctx)
	var keeper sync.WaitGroup
	keeper.Go(func() { held.Keep(keeping, lease) })
	unlock = func() {
		stop()
		keeper.Wait()
		short, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if err := held.Release(short, lease.ID); err != nil {
			fmt.Fprintf(r.Err, "The lock could not be given back; it goes by itself in two minutes: %v\n", err)
		}
	}
	if waited {
		return unlock, errWaited
	}
	return unlock, nil
}

// owner is who holds the lock: the user of CI, or of this machine.
func (r *applyRun) owner() string {
	ci, _ := r.Getenv("GITLAB_USER_LOGIN")
	actor, _ := r.Getenv("GITHUB_ACTOR")
	name := ""
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return cmp.Or(ci, actor, name, "somebody")
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "an unknown machine"
	}
	return name
}
