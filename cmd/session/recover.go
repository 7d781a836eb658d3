package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/plan/care"
	"clusterctl/schema"
)

// Copies are what the members' own copies of the database know.
type Copies []care.Copy

// RecoverOptions say how to recover.
type RecoverOptions struct {
	// Service are command lines that count more than those of the preseed.
	Service schema.Service
	// Survivor goes on instead of the voter with the newest copy.
	Survivor string
}

// Recover brings the database back and then plans the removal of the lost members.
func (r *Run) Recover(ctx context.Context, o RecoverOptions) error { return r.end(r.recover(ctx, o)) }

func (r *Run) recover(ctx context.Context, o RecoverOptions) (err error) {
	seen, err := r.seek(ctx, Where{Names: r.Names})
	if err != nil {
		return err
	}
	defer Closing(seen.backend, &err)
	shell, ok := seen.backend.(drivers.Shell)
	if !ok {
		return &drivers.Error{Kind: drivers.Unsupported, Op: "recovering", Err: errors.New("there are no machines to run commands on in this world")}
	}
	copies := r.readCopies(ctx, shell, seen.want.Members, o.Service.Or(seen.want.Settings.Service))
	r.Report.Tell(Copies(copies))
	p := care.Recovery(copies, care.RecoveryOptions{Survivor: o.Survivor, Archive: "database-" + r.Now().UTC().Format("20060102-150405") + ".tar.gz"})
	v := r.planned(seen, schema.Facts{}, p)
	if err := r.show(v); err != nil {
		return err
	}
	survivor := p.Steps[len(p.Steps)-1].Member
	if i := slices.IndexFunc(p.Steps, func(s plan.Step) bool { return s.Op.Shell.Task == string(drivers.TaskRecover) }); i >= 0 {
		survivor = p.Steps[i].Member
	}
	if err := r.consent(ctx, Question{Survivor: survivor}); err != nil {
		return err
	}
	if err := r.carryOut(ctx, v); err != nil {
		return err
	}
	return r.afterRecovery(ctx, seen, copies)
}

// afterRecovery waits until the database knows who is there, and plans the forced removal of the others.
func (r *Run) afterRecovery(ctx context.Context, seen sight, copies []care.Copy) error {
	r.Report.Tell(Note{Kind: NoteRecovering})
	live, err := r.settled(ctx, seen.backend, copies)
	if err != nil {
		return Fail(ExitPartial, "Look with clusterctl status; then remove each lost member: clusterctl remove --force MEMBER", err)
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
	v := r.operation(seen, live, r.Options, lost...)
	err = r.whole(ctx, v)
	if v.Plan.Refused() {
		return Fail(ExitConsent, "The database works again. Then remove the lost members: clusterctl remove --force MEMBER --allow-destroy member/MEMBER",
			errors.New("the lost members are still listed"))
	}
	return err
}

// settleLimit is how long heartbeats may take to show who is there: as long as cluster.offline_threshold, which may be
// minutes, and some more.
const settleLimit = 5 * time.Minute

// settled reads the cluster until every member is either Online with a machine that answers or Offline without one. Right
// after a recovery everybody looks Offline, and then the lost ones may look Online (measured on lxd 5.0.2).
func (r *Run) settled(ctx context.Context, backend drivers.Backend, copies []care.Copy) (schema.Cluster, error) {
	alive := map[string]bool{}
	for _, c := range copies {
		alive[c.Member] = c.Fault == ""
	}
	for limit := r.Now().Add(settleLimit); ; {
		live, err := r.Read(ctx, backend)
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
func (r *Run) readCopies(ctx context.Context, shell drivers.Shell, members []schema.Member, given schema.Service) []care.Copy {
	copies := make([]care.Copy, len(members))
	var group errgroup.Group
	group.SetLimit(r.Limits.Parallelism)
	for i, m := range members {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			c, err := readCopy(ctx, shell, m, given)
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
