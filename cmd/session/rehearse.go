package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"clusterctl/drivers"
	"clusterctl/drivers/sandbox"
	"clusterctl/plan"
	"clusterctl/schema"
)

// rehearsalLimit is how long a rehearsal may take, and stepLimit one step of it.
const (
	rehearsalLimit = 30 * time.Second
	stepLimit      = 10 * time.Second
)

// rehearse carries the plan out on a copy of the cluster, with the engine that is to carry it out on the cluster
// itself, and adds what came of it to the plan. What is refused there is refused here; where the rehearsal itself fails
// the plan stays as it is, and says why it was not rehearsed.
func (v *Survey) rehearse(ctx context.Context, s *Session, opts plan.Options) {
	if !s.Rehearse || len(v.Plan.Steps) == 0 || v.Plan.Refused() {
		return
	}
	began := s.Now()
	r := &rehearsal{survey: v, session: s, options: opts, left: map[plan.StepID]bool{}}
	err := r.run(ctx)
	rehearsed := *v.Plan
	switch {
	case err != nil:
		rehearsed.Rehearsal = plan.NotRehearsed(err.Error())
	default:
		rehearsed.Rehearsal = r.result()
		rehearsed.Diagnostics = slices.Concat(v.Plan.Diagnostics, r.found)
	}
	v.Plan = &rehearsed
	zerolog.Ctx(ctx).Debug().Dur("took", s.Now().Sub(began)).Err(err).Msg("rehearsed the plan")
}

// rehearsal is one under way.
type rehearsal struct {
	survey  *Survey
	session *Session
	options plan.Options

	world   *sandbox.World
	backend drivers.Backend
	// left are steps that are not carried out, or were refused, and those that need them.
	left map[plan.StepID]bool
	// open is what is left open, differs what of the end differs, found what was refused.
	open    []plan.ButFor
	differs []string
	found   schema.Diagnostics
}

func (r *rehearsal) run(ctx context.Context) error {
	switch {
	case r.survey.Plan.Introduces():
		return errors.New("the servers do not trust this client yet")
	case r.survey.Plan.ComesFirst():
		return errors.New("what is on the server that does not start was not seen")
	}
	ctx, cancel := context.WithTimeout(ctx, rehearsalLimit)
	defer cancel()
	return r.onCopy(ctx, func() error {
		if err := r.carryOut(ctx); err != nil {
			return err
		}
		return r.judgeEnd(ctx)
	})
}

// unbroken makes an error of a panic: what is wrong with the copy is no reason not to show the plan.
func unbroken(err *error) {
	if panicked := recover(); panicked != nil {
		*err = fmt.Errorf("it broke off: %v", panicked)
	}
}

// onCopy makes the copy, connects to it, finds out what has to be left out, and has do use it.
func (r *rehearsal) onCopy(ctx context.Context, do func() error) (err error) {
	defer unbroken(&err)
	v := r.survey
	reg := r.session.Registry.For(v.live.Facts.Flavour)
	r.world, err = sandbox.Copied(ctx, sandbox.Copy{Live: v.live, Registry: reg, Members: v.want.Members,
		Bootstrap: v.want.Bootstrap})
	if err != nil {
		return err
	}
	r.backend = r.world.Backend()
	defer func() { err = errors.Join(err, r.backend.Close(), r.world.Close()) }()
	if err := r.compare(ctx); err != nil {
		return err
	}
	r.leaveOut()
	return do()
}

// pretended stands in for every secret: a rehearsal asks for none.
func pretended(string) (string, error) { return "rehearsal", nil }

// compare plans on the copy, before anything is done there. What is not there, or is planned otherwise than on the
// cluster itself, is something that the copy does not hold: steps about that are left out.
func (r *rehearsal) compare(ctx context.Context) error {
	copied, err := r.read(ctx)
	if err != nil {
		return err
	}
	lacking := map[schema.Ref]bool{}
	for _, o := range r.survey.live.Objects() {
		if _, held := copied.Get(o.Ref); !held {
			lacking[o.Ref] = true
		}
	}
	want, got := changesOf(r.survey.Plan), changesOf(r.plan(copied))
	for ref := range union(want, got) {
		lacking[ref] = lacking[ref] || got[ref] != want[ref]
	}
	for _, ref := range slices.SortedFunc(maps.Keys(lacking), schema.Ref.Compare) {
		if lacking[ref] {
			r.leave("what the copy does not hold of "+ref.String(), r.about(ref)...)
		}
	}
	return nil
}

// read reads the copy. What it is beside its objects is what the cluster itself is.
func (r *rehearsal) read(ctx context.Context) (schema.Cluster, error) {
	copied, err := r.backend.Read(ctx)
	if err != nil {
		return schema.Cluster{}, fmt.Errorf("reading the copy: %w", err)
	}
	return copied.With(r.facts(copied.Facts)), nil
}

// facts are those of the cluster, with the members that the copy has.
func (r *rehearsal) facts(copied schema.Facts) schema.Facts {
	live := r.survey.live.Facts
	facts := live
	facts.Clustered, facts.Leader, facts.Images = copied.Clustered, copied.Leader, copied.Images
	facts.Members, facts.Hosts = map[string]schema.MemberFacts{}, map[string]schema.HostFacts{}
	for name, m := range copied.Members {
		was := live.Members[name]
		m.Schema, m.Extensions, m.Architecture = was.Schema, was.Extensions, was.Architecture
		facts.Members[name] = m
	}
	for name, h := range live.Hosts {
		now := copied.Hosts[name]
		if h.Fault == "" && now.Clustered {
			h.Clustered, h.Name, h.Config, h.Joining, h.Blank = true, now.Name, now.Config, false, false
		}
		facts.Hosts[name] = h
	}
	return facts
}
