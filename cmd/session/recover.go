package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

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
func (r *Run) Recover(ctx context.Context, o RecoverOptions) error {
	return r.on(ctx, Where{Names: r.Names}, func(ctx context.Context, at opened) error { return r.recover(ctx, at, o) })
}

func (r *Run) recover(ctx context.Context, seen opened, o RecoverOptions) (err error) {
	shell, ok := seen.backend.(drivers.Shell)
	if !ok {
		return &drivers.Error{Kind: drivers.Unsupported, Op: "recovering",
			Err: errors.New("there are no machines to run commands on in this world")}
	}
	if o.Service, err = r.services(o.Service, seen.want.Settings.Service); err != nil {
		return err
	}
	found := r.readCopies(ctx, shell, seen.want.Members, o.Service)
	r.Report.Tell(found.known())
	opts := care.RecoveryOptions{Survivor: o.Survivor, AllowDestroy: r.Options.AllowDestroy,
		Archive: "database-" + r.Now().UTC().Format("20060102-150405.000") + ".tar.gz"}
	chosen, _ := care.Chosen(found.known(), opts)
	opts.Gaps = found.gaps(chosen.Member)
	opts.Fence = func(members []string) (text string) {
		text, err = found.of(chosen.Member).disk.Distrust(members)
		return text
	}
	v := r.planned(seen, schema.Facts{}, care.Recovery(found.known(), opts))
	if err != nil {
		return err
	}
	if err := r.show(v); err != nil {
		return err
	}
	if err := r.consent(ctx, Question{Survivor: chosen.Member}); err != nil {
		return err
	}
	if err := r.goOnWith(ctx, v, found, func() held {
		return r.readCopies(ctx, shell, seen.want.Members, o.Service)
	}); err != nil {
		return err
	}
	return r.afterRecovery(ctx, seen, found, chosen.Member)
}

// goOnWith stops and archives, makes sure that the choice still holds now that nobody writes any more, and carries
// out the rest.
func (r *Run) goOnWith(ctx context.Context, v *Survey, found held, again func() held) error {
	steps := v.Plan.Steps
	at := slices.IndexFunc(steps, func(s plan.Step) bool { return s.Op.Shell.Task == string(drivers.TaskRecover) })
	v.Plan.Steps = steps[:at]
	if err := r.carryOut(ctx, v, r.upToDate); err != nil {
		return err
	}
	if err := found.holds(again(), steps[at].Member); err != nil {
		return Fail(ExitStale, "The daemons are stopped and the copies archived; nothing else was changed. Run it again.",
			err)
	}
	v.Plan.Steps = slices.Clone(steps[at:])
	v.Plan.Steps[0].Needs = nil // it is done
	return r.carryOut(ctx, v, r.upToDate)
}

// afterRecovery waits until the database knows who is there, holds it against the copy that it was made of, and plans
// the forced removal of the others.
func (r *Run) afterRecovery(ctx context.Context, seen opened, found held, survivor string) error {
	r.Report.Tell(Note{Kind: NoteRecovering})
	live, err := r.settled(ctx, seen.backend, found.known())
	if err != nil {
		return Fail(ExitPartial, "See who is there: clusterctl status FILES\n"+
			"A member that does not come back is given up with state: lost in the preseed.", err)
	}
	checked, err := found.check(live, survivor)
	if err != nil {
		return Fail(ExitPartial, "The archive has the copy. Before anything is written, look: clusterctl doctor FILES", err)
	}
	r.Report.Tell(checked)
	var lost []schema.Object
	for _, name := range live.Facts.MemberOrder() {
		if m := live.Facts.Members[name]; !m.Online && m.State != schema.StatePending {
			lost = append(lost, schema.Object{Ref: schema.Ref{Kind: schema.KindMember, Name: name}, State: schema.StateLost})
		}
	}
	if len(lost) == 0 {
		r.result.Result = "applied" // nobody has planned again
		return nil
	}
	v := r.operation(seen, live, r.Options, lost...)
	for i, d := range v.Plan.Diagnostics {
		if d.Code == plan.CodeDestroy {
			v.Plan.Diagnostics[i].Hint = "" // another recovery is none: there is a quorum
		}
	}
	done := r.result
	err = r.removing(ctx, v)
	if v.Plan.Refused() {
		r.result.Result, r.result.Objects = "partial", done.Objects
		r.result.Done, r.result.TookMS = done.Done, done.TookMS
		return Fail(ExitPartial, "The database works again. Give each of them up, once it is seen to be off and what is "+
			"refused above allows it:\n"+r.givingUp(lost), errors.New("the lost members are still listed"))
	}
	return err
}

// givingUp are the commands that remove lost members, a line each.
func (r *Run) givingUp(lost []schema.Object) string {
	return strings.Join(schema.Map(lost, func(o schema.Object) string {
		return Quoted(slices.Concat([]string{"clusterctl", "remove", "--force", o.Ref.Name}, r.Names,
			[]string{"--allow-destroy", o.Ref.String()}))
	}), "\n")
}

// settleLimit is how long heartbeats may take to show who is there: as long as cluster.offline_threshold, which may be
// minutes, and some more.
const settleLimit = 5 * time.Minute

// settled reads the cluster until every member is either Online with a machine that answers or Offline without one.
// Right after a recovery everybody looks Offline, and then the lost ones may look Online (measured on lxd 5.0.2).
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
		_ = drivers.Pause(ctx, time.Second) // the end of the context is seen above
	}
}

func unsettled(f schema.Facts, alive map[string]bool) error {
	if f.Source != "dqlite" {
		return errors.New("the database cannot be read yet")
	}
	for _, name := range f.MemberOrder() {
		m := f.Members[name]
		if answers, asked := alive[name]; asked && m.State != schema.StatePending && m.Online != answers {
			return fmt.Errorf("%s: its machine answers: %t, its heartbeat is %s old", name, answers,
				m.HeartbeatAge.Round(time.Second))
		}
	}
	return nil
}

// Remove plans the removal of the member as if the preseed said so and nothing else, and carries it out. By force it is
// given up, which needs consent by name.
func (r *Run) Remove(ctx context.Context, where Where, name string, force bool) error {
	return r.on(ctx, where, func(ctx context.Context, seen opened) error { return r.remove(ctx, seen, name, force) })
}

func (r *Run) remove(ctx context.Context, seen opened, name string, force bool) error {
	live, err := r.readAtRest(ctx, seen.backend)
	if err != nil {
		return err
	}
	if _, there := live.Facts.Members[name]; !there {
		return Fail(ExitUsage, schema.DidYouMean(name, live.Facts.MemberOrder()),
			fmt.Errorf("the cluster has no member %q", name))
	}
	state := schema.StateAbsent
	if force {
		state = schema.StateLost
	} else { // it was named on the command line, and loses nothing
		r.Options.AllowDestroy = append(slices.Clone(r.Options.AllowDestroy), "member/"+name)
	}
	gone := schema.Object{Ref: schema.Ref{Kind: schema.KindMember, Name: name}, State: state}
	return r.removing(ctx, r.operation(seen, r.heard(ctx, seen.backend, live), r.Options, gone))
}

// removing carries the removal of members out, and says of those that the preseed still has how they would come back.
func (r *Run) removing(ctx context.Context, v *Survey) error {
	err := r.whole(ctx, v)
	if err != nil || r.result.Result != "applied" {
		return err
	}
	var still []string
	for _, m := range v.want.Members {
		if _, gone := v.want.Want.Get(plan.MemberRef(m.Name)); gone && m.Pos.Line > 0 {
			at := schema.Position{File: m.Pos.File, Line: m.Pos.Line}
			still = append(still, fmt.Sprintf("Take %s out of %s, or the next apply joins it again.", m.Name, at))
		}
	}
	r.result.Verified, r.result.Hint = len(still) == 0 && r.result.Verified, strings.Join(still, " ")
	return nil
}
