package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"clusterctl/drivers"
	"clusterctl/plan/care"
	"clusterctl/schema"
)

// UpgradeOptions say what to upgrade to and how.
type UpgradeOptions struct {
	// Service are command lines that count more than those of the preseed.
	Service schema.Service
	// Dry shows the plan and ends. Evacuate moves instances away before each restart.
	Dry, Evacuate bool
	// Dump is the file for the database's copy, To the version, empty for the newest.
	Dump, To string
}

// Upgrade brings the daemons of all members to a newer version.
func (r *Run) Upgrade(ctx context.Context, o UpgradeOptions) error {
	return r.on(ctx, Where{Names: r.Names}, func(ctx context.Context, at opened) error { return r.upgrade(ctx, at, o) })
}

func (r *Run) upgrade(ctx context.Context, seen opened, o UpgradeOptions) error {
	r.Lock.rolling = true
	if o.Dump == "" {
		o.Dump = "clusterctl-" + r.Now().UTC().Format("20060102-150405.000") + ".sql"
	}
	v, silent, err := r.planUpgrade(ctx, seen, o)
	if err != nil {
		return err
	}
	if err := r.show(v); err != nil {
		return err
	}
	would, saved := NoteWouldSave, NoteSaved
	if silent {
		would, saved, r.Lock.Off = NoteNotSaved, NoteNotSaved, true
	}
	if o.Dry {
		r.Report.Tell(Note{would, o.Dump})
		r.result.Result = "unchanged"
		return nil
	}
	if err := r.consent(ctx, Question{Steps: len(v.Plan.Steps)}); err != nil {
		return err
	}
	if !silent {
		if err := saveDatabase(ctx, seen.backend, o.Dump); err != nil {
			return fmt.Errorf("saving the database to %s; nothing was touched: %w", o.Dump, err)
		}
	}
	r.Report.Tell(Note{saved, o.Dump})
	if err := r.carryOut(ctx, v, r.upToDate); err != nil {
		return Fail(CodeOf(err), HintOf(err)+"\nAn older daemon does not start beside a newer one: go on, not back.", err)
	}
	r.result.Result = "applied" // a second plan would begin anew: what is installed is not asked for
	return nil
}

// planUpgrade plans the upgrade. Where the database was read and no daemon answers it is silent: all are down or wait
// for each other. They run no operations, and can neither give a copy of the database nor take a lock.
func (r *Run) planUpgrade(ctx context.Context, seen opened, o UpgradeOptions) (v *Survey, silent bool, err error) {
	live, err := r.Read(ctx, seen.backend)
	if err != nil {
		return nil, false, err
	}
	if o.Service, err = r.services(o.Service, seen.want.Settings.Service); err != nil {
		return nil, false, err
	}
	options := care.UpgradeOptions{Evacuate: o.Evacuate, Daemons: r.findDaemons(ctx, seen, o)}
	options.Operations, err = runningOperations(ctx, seen.backend)
	silent = drivers.Is(err, drivers.Unreachable)
	if err != nil && !silent {
		return nil, false, fmt.Errorf("looking for running operations: %w", err)
	}
	return r.planned(seen, live.Facts, care.Upgrade(live, r.Registry, options)), silent, nil
}

// findDaemons finds out how each member's daemon is handled. One whose machine does not say is left out.
func (r *Run) findDaemons(ctx context.Context, seen opened, o UpgradeOptions) map[string]care.Daemon {
	shell, ok := seen.backend.(drivers.Shell)
	if !ok {
		return nil
	}
	found := each(r.Limits.Parallelism, seen.want.Members, func(m schema.Member) care.Daemon {
		limited, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		var err error
		if o.Service.Upgrade == "" || o.Service.Restart == "" {
			err = rooted(limited, shell, m.Name)
		}
		if lacksRoot(err) {
			return care.Daemon{Fault: whyDenied(err)}
		}
		d, err := findDaemon(limited, shell, m, o.Service)
		if err != nil {
			return care.Daemon{}
		}
		if s, _ := drivers.ServiceOf(d.Folder); o.Service.Upgrade == "" && o.To != "" {
			d.Upgrade = s.UpgradeTo(o.To)
		}
		return d
	})
	daemons := map[string]care.Daemon{}
	for i, m := range seen.want.Members {
		if found[i].Folder != "" || found[i].Fault != "" {
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
	type operation struct{ Class, Description, Location string }
	byStatus, err := drivers.Get[map[string][]operation](ctx, api, "/1.0/operations",
		map[string]string{"recursion": "1", "all-projects": "true"})
	if err != nil {
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
	dump, err := drivers.Get[struct{ Text string }](ctx, api, "/internal/sql", map[string]string{"database": "global"})
	if err != nil {
		return err
	}
	if dump.Text == "" {
		return errors.New("the daemon gives none")
	}
	return WriteFile(path, []byte(dump.Text), 0o600, "Name another file with --dump.", Nothing)
}
