package session

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"clusterctl/apply"
	"clusterctl/plan"
	"clusterctl/plan/build"
	"clusterctl/schema"
)

// plan plans what the preseed says, from another state of the cluster.
func (r *rehearsal) plan(live schema.Cluster) *plan.Plan {
	return build.Build(r.survey.want, live, r.survey.planning(r.session), r.options)
}

// changesOf are the changes of a plan in a form that can be compared.
func changesOf(p *plan.Plan) map[schema.Ref]string {
	out := map[schema.Ref]string{}
	for _, c := range p.Changes {
		text := []string{string(c.Action)}
		for _, f := range c.Fields {
			text = append(text, f.Path+"="+f.Old+"->"+f.New)
		}
		slices.Sort(text[1:])
		out[c.Ref] = strings.Join(text, " ")
	}
	return out
}

// about are the steps about an object, and about those that name it.
func (r *rehearsal) about(ref schema.Ref) (out []plan.StepID) {
	for _, step := range r.survey.Plan.Steps {
		want, _ := r.survey.want.Want.Get(step.Cause)
		live, _ := r.survey.live.Get(step.Cause)
		if step.Cause == ref || slices.Contains(want.Refs, ref) || slices.Contains(live.Refs, ref) {
			out = append(out, step.ID)
		}
	}
	return out
}

// leave leaves steps out, and says why.
func (r *rehearsal) leave(what string, steps ...plan.StepID) {
	if len(steps) > 0 {
		r.skip(steps...)
		r.note(what, steps...)
	}
}

// skip leaves steps out, with those that need them.
func (r *rehearsal) skip(steps ...plan.StepID) {
	for _, step := range r.survey.Plan.Steps { // every step comes after all that it needs
		r.left[step.ID] = r.left[step.ID] || slices.Contains(steps, step.ID) ||
			slices.ContainsFunc(step.Needs, func(need plan.StepID) bool { return r.left[need] })
	}
}

// note names something that is left open.
func (r *rehearsal) note(what string, steps ...plan.StepID) {
	i := slices.IndexFunc(r.open, func(b plan.ButFor) bool { return b.What == what })
	if i < 0 {
		i, r.open = len(r.open), append(r.open, plan.ButFor{What: what})
	}
	r.open[i].Steps = append(r.open[i].Steps, steps...)
}

// leaveOut leaves out what the copy cannot play, and names what it cannot know.
func (r *rehearsal) leaveOut() {
	served := r.world.Serves()
	for _, step := range r.survey.Plan.Steps {
		kind, _ := r.session.Registry.Kind(step.Cause.Kind)
		switch {
		case step.Op.Shell != nil || step.Op.Await != nil:
			r.leave("commands on the members' machines", step.ID)
		case step.Op.Introduce != nil:
			r.leave("what the servers trust", step.ID)
		case kind.Path != "" && !served[kind.Path]:
			r.leave("the "+strings.ReplaceAll(kind.Plural, "_", " ")+", which the copy does not play", step.ID)
		}
		for _, what := range outside(step) {
			r.note(what, step.ID)
		}
	}
	for _, unseen := range r.survey.live.Facts.Unseen {
		planned := slices.ContainsFunc(r.survey.Plan.Steps, func(s plan.Step) bool { return s.Cause.Kind == unseen.Kind })
		if unseen.What == schema.LookKind && unseen.Kind != "" && (r.survey.live.Facts.Clustered || planned) {
			kind, _ := r.session.Registry.Kind(unseen.Kind)
			r.note("the " + strings.ReplaceAll(kind.Plural, "_", " ") + ", which were not seen")
		}
	}
}

// carryOut runs the steps. Where some fail it goes on with those that do not need them, so that all is found at once.
func (r *rehearsal) carryOut(ctx context.Context) error {
	done := map[plan.StepID]bool{}
	for {
		p := *r.survey.Plan
		p.Diagnostics, p.Steps = nil, nil
		for _, step := range r.survey.Plan.Steps {
			if done[step.ID] || r.left[step.ID] {
				continue
			}
			step.Needs = schema.Filter(step.Needs, func(need plan.StepID) bool { return !done[need] })
			p.Steps = append(p.Steps, step)
		}
		if len(p.Steps) == 0 {
			return nil
		}
		failed, err := r.runSteps(ctx, &p, done)
		if err != nil || len(failed) == 0 {
			return err
		}
		for _, f := range failed {
			r.judge(f)
		}
	}
}

// runSteps runs the steps of a plan, notes which were done, and returns those that failed.
func (r *rehearsal) runSteps(ctx context.Context, p *plan.Plan, done map[plan.StepID]bool) ([]apply.StepError, error) {
	outcome, err := r.engine(stepLimit).Run(ctx, p, doneSink(done))
	if len(outcome.Failures) == 0 && err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("it took longer than %s", rehearsalLimit)
	}
	return outcome.Failures, nil
}

// engine carries steps out on the copy, each within a limit.
func (r *rehearsal) engine(most time.Duration) *apply.Engine {
	limits := apply.Limits{}
	for _, limit := range []*time.Duration{&limits.Request, &limits.Edit, &limits.Bootstrap, &limits.Join, &limits.Settle,
		&limits.Remove, &limits.Evacuate, &limits.Move, &limits.Upload, &limits.Copies, &limits.Await} {
		*limit = most
	}
	return &apply.Engine{Backend: r.backend, Secret: pretended, Open: r.session.uploads(r.survey.Files()),
		OwnKeys: r.session.ownKeys(), Parallelism: 1, Limits: limits}
}

// doneSink notes the steps that were done.
type doneSink map[plan.StepID]bool

// Event implements apply.Sink.
func (d doneSink) Event(e apply.Event) {
	if e.Kind == apply.Done {
		d[e.Step.ID] = true
	}
}

// judge says what the failure of a step means: a refusal where a daemon would refuse it, too, and else that the copy is
// none in this.
func (r *rehearsal) judge(f apply.StepError) {
	words, refused := r.world.Refusal(f.Err)
	switch {
	case hasSecrets(f.Step):
		r.leave(secretValues, f.Step.ID)
		return
	case !refused && strings.Contains(f.Err.Error(), wantsMinIO):
		r.leave("MinIO on the members, which serves buckets in local pools", f.Step.ID)
		return
	case !refused:
		r.leave(fmt.Sprintf("%s, which fails on the copy (%v)", f.Step.Title, f.Err), f.Step.ID)
		return
	}
	r.skip(f.Step.ID)
	detail := "Carried out on a copy of the cluster, it is answered: " + words
	same := func(d schema.Diagnostic) bool { return d.Ref == f.Step.Cause && d.Detail == detail }
	if slices.ContainsFunc(r.found, same) {
		return // the same on another member
	}
	r.found = append(r.found, schema.Diagnostic{Severity: schema.SeverityRefusal, Code: plan.CodeRehearsal,
		Position: f.Step.At, Ref: f.Step.Cause, Member: f.Step.Member,
		Summary: fmt.Sprintf("%s would be refused (%s)", f.Step.Title, f.Step.ID),
		Detail:  detail,
		Hint:    "change what the preseed says; should the server take it all the same, --no-rehearse leaves this out"})
}

// leftOf are the changes that a plan from the end of a rehearsal has. Secrets had pretended values there: of one that
// is set nothing more is known.
func leftOf(p *plan.Plan) map[schema.Ref]string {
	var end plan.Plan
	for _, c := range p.Changes {
		before := len(c.Fields)
		c.Fields = schema.Filter(c.Fields, func(f plan.FieldChange) bool {
			return !f.Secret || f.Old == "" || f.New == ""
		})
		if c.Action != plan.Update || before == 0 || len(c.Fields) > 0 {
			end.Changes = append(end.Changes, c)
		}
	}
	return changesOf(&end)
}

// judgeEnd plans again what was carried out.
func (r *rehearsal) judgeEnd(ctx context.Context) error {
	end, err := r.read(ctx)
	if err != nil {
		return err
	}
	left, planned := leftOf(r.plan(end)), changesOf(r.survey.Plan)
	skipped := map[schema.Ref]bool{}
	for _, step := range r.survey.Plan.Steps {
		skipped[step.Cause] = skipped[step.Cause] || r.left[step.ID]
	}
	for _, ref := range slices.SortedFunc(maps.Keys(left), schema.Ref.Compare) {
		if _, was := planned[ref]; was && !skipped[ref] {
			r.differs = append(r.differs, ref.String()+": "+left[ref])
		}
	}
	return nil
}

// result is what came of it.
func (r *rehearsal) result() *plan.Rehearsal {
	out := &plan.Rehearsal{Result: plan.RehearsedWhole, ButFor: r.open, Differs: r.differs}
	switch {
	case len(r.found) > 0:
		out.Result, out.Differs = plan.RehearsedRefused, nil
	case len(r.differs) > 0:
		out.Result = plan.RehearsedDiffers
	case len(r.open) > 0:
		out.Result = plan.RehearsedBut
	}
	return out
}
