package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"clusterctl/apply"
	"clusterctl/cmd/render"
	"clusterctl/plan"
	"clusterctl/plan/build"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

type applyFlags struct {
	reach
	format  string
	approve bool
	opts    plan.Options
	lock    lockFlags
	// given are the flags of the command line, for hints that repeat it.
	given []string
	// journal is the folder of the journal, empty for none.
	journal string
}

func applyCommand(s *session) *cli.Command {
	return &cli.Command{
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
plan is stale. 5: not approved, or refused by a guard. 6: stopped part-way. 8: cluster not reachable.`,
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "auto-approve", EnvVars: env("auto-approve"), DisableDefaultText: true,
				Usage: "do not ask; needed where nobody can answer, such as in CI"},
			formatFlag("text", "json"),
		}, slices.Concat(choiceFlags(), lockingFlags(), reachFlags())...),
		Action: func(c *cli.Context) error {
			flags := applyFlags{given: givenFlags(c), approve: c.Bool("auto-approve"), opts: planOptions(c), lock: lockFlagsOf(c), journal: journalDir(s, c.String("journal"))}
			var err error
			if flags.format, err = formatOf(c, "text", "json"); err != nil {
				return err
			}
			if flags.reach, err = reachOf(c); err != nil {
				return err
			}
			return applyInputs(c.Context, s, flags, c.Args().Slice())
		},
	}
}

// applyInputs decides what the inputs are and applies them. In JSON the last line says how it ended, always.
func applyInputs(ctx context.Context, s *session, flags applyFlags, names []string) error {
	run := newApplyRun(s, flags, slices.Concat([]string{"apply"}, names), names)
	return run.end(run.all(ctx))
}

// newApplyRun returns a run that reports in the format of the flags; words are the command line without its flags.
func newApplyRun(s *session, flags applyFlags, words, names []string) *applyRun {
	words = slices.Concat(words[:1], flags.given, words[1:])
	r := &applyRun{session: s, flags: flags, words: words, names: names, report: newTextReport(s)}
	if flags.format == "json" {
		r.report = newJSONReport(s)
	}
	return r
}

// end reports how the run ended and returns err.
func (r *applyRun) end(err error) error {
	if r.journal != nil {
		r.journal.close(r.result, r.signals.codeOf(err), err)
	}
	r.report.ended(r.result, err)
	return err
}

// applyRun is one run of a command that carries out a plan.
type applyRun struct {
	*session
	flags applyFlags
	// words are the command with its arguments, names its inputs.
	words, names []string
	report       applyReport
	// result collects what the last line says.
	result render.Result
	// journal is there once steps have run.
	journal *journal
}

func (r *applyRun) all(ctx context.Context) error {
	inputs, err := readInputs(r.In, r.names)
	if err != nil {
		return err
	}
	if len(inputs) == 1 && isPlan(inputs[0].Data) {
		return r.saved(ctx, inputs[0])
	}
	return r.preseed(ctx, inputs)
}

// preseed plans, asks, applies, and looks again.
func (r *applyRun) preseed(ctx context.Context, inputs []preseed.Input) (err error) {
	w, err := desired(ctx, r.session, inputs)
	var v *survey
	if err == nil {
		v, err = lookAt(ctx, r.session, w, r.flags.reach, r.flags.opts)
	}
	if codeOf(err) == ExitInvalid {
		r.result.Diagnostics = w.found
		r.report.invalid(w.found)
	}
	if err != nil {
		return err
	}
	defer closing(v.backend, &err)
	return r.whole(ctx, v)
}

// whole shows the plan, asks, carries it out, and looks again.
func (r *applyRun) whole(ctx context.Context, v *survey) error {
	r.result.Diagnostics = v.plan.Diagnostics
	r.report.plan(v)
	switch {
	case v.plan.Refused():
		r.result.Result = "refused"
		return silent(ExitConsent)
	case v.plan.Empty():
		r.result.Result = "unchanged"
		return nil
	}
	if err := r.consent(ctx, len(v.plan.Steps)); err != nil {
		return err
	}
	if err := r.carryOut(ctx, v); err != nil {
		return err
	}
	return r.lookAgain(ctx, v)
}

// lookAgain reads the cluster after the run and expects a second plan to be empty.
func (r *applyRun) lookAgain(ctx context.Context, v *survey) error {
	if err := v.read(ctx, r.session, r.flags.reach, r.flags.opts); err != nil {
		return fmt.Errorf("every step was done; looking again: %w", err)
	}
	if v.plan.Empty() {
		r.result.Result, r.result.Verified = "applied", true
		return nil
	}
	for _, c := range v.plan.Changes {
		r.result.Remaining = append(r.result.Remaining, c.Ref)
	}
	r.result.Result = "differs"
	r.report.remaining(v)
	return fail(ExitError, "Run 'clusterctl plan' for the same list, and 'clusterctl "+r.words[0]+"' to try once more. "+
		"If it stays, the server keeps the value in another form than the preseed: please report it.",
		errors.New("every step was done, but the cluster still differs from the preseed"))
}

// saved applies a saved plan, if the cluster still is what the plan was made from.
func (r *applyRun) saved(ctx context.Context, input preseed.Input) (err error) {
	p, err := parsePlan(input.Name, input.Data)
	if err != nil {
		return err
	}
	if p.Source == schema.SourceDump {
		return fail(ExitUsage, fmt.Sprintf("Plan against the cluster itself: clusterctl plan %s --out FILE", quoted(p.Files)),
			fmt.Errorf("%s was planned from a dump, which may be older than the cluster: such a plan is never applied", input.Name))
	}
	secrets := secretsOfPlan(r.Streams, r.reg, p)
	backend, err := r.Open(ctx, r.target(p.Members, founder(p), secrets, r.flags.reach))
	if err != nil {
		return err
	}
	defer closing(backend, &err)
	live, err := readLive(ctx, r.session, backend, r.flags.reach)
	if err != nil {
		return err
	}
	v := &survey{wish: &wish{want: schema.Preseed{Files: p.Files}}, secrets: secrets, backend: backend, facts: live.Facts, plan: p}
	r.result.Diagnostics = p.Diagnostics
	r.report.plan(v)
	if r.stale(p, live) {
		return fail(ExitStale, fmt.Sprintf("Nothing was touched. Plan again: clusterctl plan %s --out %s", quoted(p.Files), quoted([]string{input.Name})),
			errors.New("the plan is stale: the cluster changed since it was made"))
	}
	now := build.Recheck(p, live, r.reg)
	switch {
	case p.Refused():
		r.result.Result = "refused"
		return silent(ExitConsent)
	case now.Has(schema.SeverityRefusal):
		r.result.Result, r.result.Diagnostics = "refused", now
		r.report.invalid(now)
		return fail(ExitConsent, "Nothing was touched. When all members answer, run again: clusterctl "+quoted(r.words),
			errors.New("the saved plan cannot be applied now"))
	case p.Empty():
		r.result.Result = "unchanged"
		return nil
	}
	// Once a step is done the saved plan is stale, and the preseed itself leads on.
	r.words = slices.Concat(r.words[:1], p.Files)
	if err := r.carryOut(ctx, v); err != nil {
		return err
	}
	r.result.Result = "applied"
	return nil
}

// founder is the member that the plan bootstraps, empty if none.
func founder(p *plan.Plan) string {
	for _, step := range p.Steps {
		if step.Op.Bootstrap != nil {
			return step.Member
		}
	}
	return ""
}

// carryOut locks the cluster, if there is one, and runs the steps.
func (r *applyRun) carryOut(ctx context.Context, v *survey) error {
	if r.flags.lock.off || !v.facts.Clustered {
		return r.runSteps(ctx, v)
	}
	unlock, err := r.locked(ctx, v.backend)
	if unlock != nil {
		defer unlock()
	}
	if errors.Is(err, errWaited) {
		live, err := readLive(ctx, r.session, v.backend, r.flags.reach)
		if err != nil {
			return err
		}
		if r.stale(v.plan, live) {
			return fail(ExitStale, "Nothing was touched. Run it again.", errors.New("the plan is stale: somebody else had the lock and changed the cluster"))
		}
	} else if err != nil {
		return err
	}
	return r.runSteps(ctx, v)
}

func (r *applyRun) runSteps(ctx context.Context, v *survey) error {
	stop, done := r.signals.gently(r.report.stopping)
	defer done()
	engine := &apply.Engine{Backend: v.backend, Secret: v.secrets.Secret, Open: r.openFile, Parallelism: r.flags.parallelism, Stop: stop}
	if t := r.flags.timeout; r.flags.limited {
		engine.Limits = apply.Limits{Request: t, Edit: t, Bootstrap: t, Join: t, Settle: t, Upload: t, Copies: t}
	}
	outcome, err := engine.Run(ctx, v.plan, r.noted())
	r.result.Done, r.result.Failed, r.result.Skipped = outcome.Done, outcome.Failed, outcome.Skipped
	r.result.TookMS = outcome.Took.Milliseconds()
	if err == nil {
		return r.leaveRaft(ctx, v)
	}
	code, result := ExitError, "error"
	if outcome.Changed {
		code, result = ExitPartial, "partial"
	}
	if errors.Is(err, apply.ErrRefused) {
		code, result = ExitConsent, "refused"
	}
	r.result.Result = result
	return fail(code, r.goOn(outcome), err)
}

// goOn says how to continue after steps failed or were not tried.
func (r *applyRun) goOn(o apply.Outcome) string {
	return fmt.Sprintf("%d done, %d failed, %d not tried. What was done is in the cluster's database, nothing needs to be undone.\n"+
		"When the cause is out of the way, run again: clusterctl %s", o.Done, o.Failed, o.Skipped, quoted(r.words))
}

// consent asks whether to go on, unless somebody said so before.
func (r *applyRun) consent(ctx context.Context, steps int) error {
	return r.consentTo(ctx, fmt.Sprintf("Apply %s? Only \"yes\" is accepted: ", counted(steps, "step")), "yes")
}

// consentTo puts a question that has one answer to go on.
func (r *applyRun) consentTo(ctx context.Context, question, yes string) error {
	if r.flags.approve {
		return nil
	}
	refused := func(why string) error {
		r.result.Result = "refused"
		return fail(ExitConsent, "Nothing was touched. To apply without a question: "+
			quoted(slices.Concat([]string{"clusterctl", r.words[0], "--auto-approve"}, r.words[1:])), errors.New(why))
	}
	if !r.interactive() || r.flags.format == "json" || slices.Contains(r.names, "-") {
		return refused("the plan is not approved, and nobody can be asked here")
	}
	answer, err := ask(ctx, r.Streams, question)
	if err != nil {
		return err
	}
	if answer != yes {
		return refused("not approved")
	}
	return nil
}
