package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema/preseed"
)

// Run is one run of a command that carries out a plan.
type Run struct {
	*Session
	Report Report
	// Approve lets the run go on without a question.
	Approve bool
	Options plan.Options
	// Planning are the flags, or variables, that the Options come from, but for AllowDestroy: a saved plan may want
	// that from the one who says yes, and was made with its own of all others.
	Planning []string
	// Detailed ends the run with ExitIncomplete where something declared was not seen.
	Detailed bool
	Lock     LockOptions
	// Journal is the folder of the journal, empty for none.
	Journal string
	// Plan is the file of a saved plan that is applied though nobody has sealed it, if somebody says yes; then there are
	// no Names.
	Plan string
	// Words are the command line that does the same again, Names its inputs.
	Words, Names []string

	// result collects what the last line says.
	result Result
	// approved says what let the run go on.
	approved string
	// journal is there once steps have run.
	journal *journal
}

// Apply decides what the inputs are, a preseed or a saved plan, and applies them.
func (r *Run) Apply(ctx context.Context) error { return r.end(r.apply(ctx)) }

func (r *Run) apply(ctx context.Context) error {
	names := r.Names
	switch {
	case r.Plan != "" && len(names) > 0:
		return Fail(ExitUsage, "", errors.New("--plan names all that is applied: leave out "+Quoted(names)))
	case r.Plan != "":
		names = []string{r.Plan}
	}
	inputs, err := r.Inputs(names)
	if err != nil {
		return err
	}
	for _, input := range inputs {
		switch {
		case !isPlan(input.Data) && r.Plan != "":
			return Fail(ExitUsage, "", fmt.Errorf("%s is no saved plan", input.Name))
		case !isPlan(input.Data):
		case len(inputs) == 1 && len(names) == 1 && input.Name == names[0]:
			return r.applySaved(ctx, input)
		default:
			return Fail(ExitUsage, "Look at what it would do, then name it alone: clusterctl apply "+Quoted([]string{input.Name}),
				fmt.Errorf("%s is a saved plan, not a preseed: a plan is applied only when it is named, by itself", input.Name))
		}
	}
	return r.preseed(ctx, inputs)
}

// ApplyInputs applies a preseed.
func (r *Run) ApplyInputs(ctx context.Context, inputs []preseed.Input) error {
	return r.end(r.preseed(ctx, inputs))
}

// preseed plans, asks, applies, and looks again.
func (r *Run) preseed(ctx context.Context, inputs []preseed.Input) (err error) {
	v, err := r.Survey(ctx, inputs, r.Options)
	if invalid, ok := errors.AsType[*InvalidError](err); ok {
		r.result.Diagnostics = invalid.Found
	}
	if err != nil {
		return err
	}
	defer Closing(v, &err)
	return r.whole(ctx, v)
}

// whole shows the plan, asks, carries it out, and looks again.
func (r *Run) whole(ctx context.Context, v *Survey) error {
	if err := r.show(v); err != nil {
		return err
	}
	if v.Plan.Empty() {
		r.result.Result = "unchanged"
		return r.complete(v.Plan)
	}
	if err := r.consent(ctx, Question{Steps: len(v.Plan.Steps)}); err != nil {
		return err
	}
	if v.Plan.ComesFirst() {
		return r.first(ctx, v)
	}
	return r.carryOutThen(ctx, v, r.planAgain, r.lookAgain)
}

// first carries out what comes first, and goes on with what can be planned then. There is no lock before: it is kept by
// a daemon that answers.
func (r *Run) first(ctx context.Context, v *Survey) error {
	before, done := v.Plan.Steps[0], afterFirst(v.Plan)
	if err := r.runSteps(ctx, v, nil); err != nil {
		return err
	}
	if err := v.read(ctx, r.Session, r.Options); err != nil {
		return err
	}
	switch {
	case v.Plan.ComesFirst() && v.Plan.Introduces():
		return fmt.Errorf("%s trusted this client and does not any more", v.Plan.Steps[0].Member)
	case v.Plan.ComesFirst():
		return fmt.Errorf("%s is as it was before: %s", before.Member, before.Title)
	}
	v.rehearse(ctx, r.Session, r.Options)
	r.Report.Tell(Note{Kind: done})
	return r.whole(ctx, v)
}

// afterFirst is what is said once a plan that comes first is carried out.
func afterFirst(p *plan.Plan) NoteKind {
	if p.Introduces() {
		return NoteIntroduced
	}
	return NoteMended
}

// show shows the plan, and ends the run when it is refused.
func (r *Run) show(v *Survey) error {
	r.result.Diagnostics = v.Plan.Diagnostics
	r.Report.Tell(v)
	if v.Plan.Refused() {
		r.result.Result = "refused"
		return Silent(RefusedCode(v.Plan))
	}
	return nil
}

// lookAgain reads the cluster after the run and expects a second plan to be empty.
func (r *Run) lookAgain(ctx context.Context, v *Survey) error {
	if v.Plan.Empty() {
		r.result.Result = "unchanged" // by somebody else, before there was a lock
		return r.complete(v.Plan)
	}
	if err := v.read(ctx, r.Session, r.Options); err != nil {
		return fmt.Errorf("every step was done; looking again: %w", err)
	}
	if v.Plan.Empty() {
		r.result.Result, r.result.Verified = "applied", !v.Plan.Incomplete()
		r.result.Limited = v.Operator || v.Plan.Limited()
		return r.complete(v.Plan)
	}
	for _, c := range v.Plan.Changes {
		r.result.Remaining = append(r.result.Remaining, c.Ref)
	}
	r.result.Result = "differs"
	r.Report.Tell(Remaining{v})
	return Fail(ExitError, "The same list: clusterctl plan FILES\nTo try once more: clusterctl "+Quoted(r.Words)+
		"\nIf it stays, the server keeps the value in another form than the preseed: please report it.",
		errors.New("every step was done, but the cluster still differs from the preseed"))
}

// complete notes what of the preseed was not seen, and ends a run that is to be exact about it.
func (r *Run) complete(p *plan.Plan) error {
	r.result.Unseen = p.Unseen
	if r.Detailed && p.Incomplete() {
		return Silent(ExitIncomplete)
	}
	return nil
}

// consent asks whether to go on, unless somebody said so before.
func (r *Run) consent(ctx context.Context, q Question) error {
	if r.approved = "--auto-approve"; r.Approve {
		return nil
	}
	r.approved = "a yes to the question"
	refused := func(why string) error {
		r.result.Result = "refused"
		if q.Unsealed {
			return Fail(ExitConsent, "Nothing was touched. "+vouching, errors.New(why))
		}
		return Fail(ExitConsent, "Nothing was touched. To apply without a question: "+
			Quoted(slices.Concat([]string{"clusterctl", r.Words[0], "--auto-approve"}, r.Words[1:])), errors.New(why))
	}
	if slices.Contains(r.Names, "-") || r.Plan == "-" {
		return refused("the plan is not approved, and nobody can be asked here")
	}
	answer, err := r.Report.Ask(ctx, q)
	switch {
	case errors.Is(err, ErrNobody):
		return refused("the plan is not approved, and nobody can be asked here")
	case err == nil && answer != q.yes():
		return refused("not approved")
	}
	return err
}

// ErrorKind names the kind of an error in a word or two, empty when it has none.
func ErrorKind(err error) string {
	return string(drivers.KindOf(err))
}

// Quoted joins the words of a command line as a shell would take them.
func Quoted(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		if w == "" || strings.ContainsAny(w, " \t\n'\"\\$`!*?[]{}()<>|&;#~") {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		out[i] = w
	}
	return strings.Join(out, " ")
}
