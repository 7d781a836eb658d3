package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
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
	live, err := r.Read(ctx, seen.backend)
	if err != nil {
		return err
	}
	if o.Service, err = r.services(o.Service, seen.want.Settings.Service); err != nil {
		return err
	}
	options := care.UpgradeOptions{Evacuate: o.Evacuate, Daemons: r.findDaemons(ctx, seen, o)}
	// Where the database was read and no daemon answers, all are down or wait for each other: they run no operations,
	// and can neither give a copy of it nor take a lock.
	options.Operations, err = runningOperations(ctx, seen.backend)
	silent := drivers.Is(err, drivers.Unreachable)
	if err != nil && !silent {
		return fmt.Errorf("looking for running operations: %w", err)
	}
	v := r.planned(seen, live.Facts, care.Upgrade(live, r.Registry, options))
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
		err = saveDatabase(ctx, seen.backend, o.Dump)
	}
	if err != nil && !silent {
		return fmt.Errorf("saving the database to %s; nothing was touched: %w", o.Dump, err)
	}
	r.Report.Tell(Note{saved, o.Dump})
	if err := r.carryOut(ctx, v, r.upToDate); err != nil {
		return Fail(CodeOf(err), HintOf(err)+"\nAn older daemon does not start beside a newer one: go on, not back.", err)
	}
	r.result.Result = "applied" // a second plan would begin anew: what is installed is not asked for
	return nil
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

// services are the commands that the operator gives, and those of the preseed where the operator allows them: they run
// as root on the members.
func (s *Session) services(given, preseed schema.Service) (schema.Service, error) {
	all := given.Or(preseed)
	if all == given || s.AllowCommands {
		return all, nil
	}
	return all, Fail(ExitConsent, "Nothing was touched. If you want them to run on the members as they stand there, add --allow-commands.",
		fmt.Errorf("the preseed gives commands, and they are not allowed: stop %q, start %q, restart %q, upgrade %q",
			preseed.Stop, preseed.Start, preseed.Restart, preseed.Upgrade))
}

// findDaemon finds out where the member's daemon keeps its state, and how it is handled there.
func findDaemon(ctx context.Context, shell drivers.Shell, m schema.Member, given schema.Service) (care.Daemon, error) {
	d := care.Daemon{Folder: folderOf(m.Connection)}
	if d.Folder == "" {
		out, err := runOn(ctx, shell, m, d, drivers.TaskFind)
		if err != nil {
			return d, err
		}
		if d.Folder, _, _ = strings.Cut(strings.TrimSpace(out), "\n"); d.Folder == "" {
			return d, errors.New("none of the usual folders has a daemon's database")
		}
	}
	s, known := drivers.ServiceOf(d.Folder)
	d.Binary = s.Binary
	if !known {
		out, err := runOn(ctx, shell, m, d, drivers.TaskProduct)
		if err != nil {
			return d, err
		}
		d.Binary = strings.TrimSpace(out)
	}
	d.Stop, d.Start = cmp.Or(given.Stop, s.Stop), cmp.Or(given.Start, s.Start)
	d.Restart, d.Upgrade = cmp.Or(given.Restart, s.Restart), cmp.Or(given.Upgrade, s.Upgrade)
	d.StopsInstances = given.Stop == "" && s.StopsInstances
	if given.Upgrade == "" {
		d.Prepare = s.Prepare
	}
	return d, nil
}

// folderOf is the folder of the socket that a connection names, empty when it names none.
func folderOf(c schema.Connection) string {
	switch {
	case c.SSH != nil && c.SSH.Socket != "":
		return path.Dir(c.SSH.Socket)
	case c.Unix != nil:
		return filepath.Dir(c.Unix.Socket)
	}
	return ""
}

// runOn runs a command that has to succeed, and returns what it prints.
func runOn(ctx context.Context, shell drivers.Shell, m schema.Member, d care.Daemon,
	task drivers.Task) (string, error) {
	out, err := shell.Run(ctx, m.Name, drivers.Command{Task: task, Binary: d.Binary, Folder: d.Folder,
		Member: m.Name, Address: m.Address})
	if err == nil && out.Exit != 0 {
		err = fmt.Errorf("the command to %s exits with %d: %s", task, out.Exit, strings.TrimSpace(out.Stderr))
	}
	return out.Stdout, err
}
