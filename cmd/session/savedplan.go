package session

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/plan/build"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

// begins is how a plan's JSON does.
var begins = regexp.MustCompile(`^\s*\{\s*"format_version":\s*\d`)

// isPlan reports whether that is a saved plan, or the beginning of one: JSON with a format_version.
func isPlan(data []byte) bool {
	var head struct {
		Format *json.Number `json:"format_version"`
	}
	return begins.Match(data) || bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) &&
		json.Unmarshal(data, &head) == nil &&
		head.Format != nil
}

// vouching says how a plan is applied elsewhere than where it was made.
const vouching = "A pipeline that plans in one job and applies in another gives both the same secret CLUSTERCTL_PLAN_KEY (openssl rand -hex 32)."

// openPlan reads a saved plan. Unless it is sealed it is retold by its operations, and somebody has to say yes to it.
func (r *Run) openPlan(name string, data []byte) (p *plan.Plan, sealed bool, err error) {
	key, err := r.planKey(false)
	if err != nil {
		return nil, false, err
	}
	p, sealed, err = plan.Open(data, key)
	if cut := new(json.SyntaxError); errors.As(err, &cut) {
		err = errors.New("a plan cut short, or changed by hand")
	}
	if err != nil {
		return nil, false, Fail(ExitError, "Make the plan again: clusterctl plan --out "+Quoted([]string{name}),
			fmt.Errorf("%s: %w", name, err))
	}
	if p.Source == schema.SourceDump {
		return nil, false, Fail(ExitUsage, "Plan against the cluster itself: clusterctl plan "+Quoted(p.Files)+" --out FILE",
			fmt.Errorf("%s was planned from a dump, which may be older than the cluster: such a plan is never applied", name))
	}
	if hint, err := r.vet(name, p, sealed); err != nil {
		r.result.Result = "refused"
		return nil, false, Fail(ExitConsent, "Nothing was touched. "+hint, fmt.Errorf("%s: %w", name, err))
	}
	return p, sealed, nil
}

// vet says why a plan is not applied, and what to do about it: for a step that no saved plan may have, or that only a
// sealed one may; or because nobody has sealed it and nobody is to say yes to it.
func (r *Run) vet(name string, p *plan.Plan, sealed bool) (hint string, err error) {
	for _, step := range p.Steps {
		err := step.Vet(r.Registry)
		switch {
		case err == nil || sealed && fixed(step.Op):
		case sealed && step.Op.Shell != nil:
			return applyItself(p), fmt.Errorf(ownCommand, step.ID)
		default:
			return "Find out who wrote this file.", err
		}
	}
	what := "the plan has no seal"
	if p.Seal != "" {
		what = "the seal is not of this key: the plan was made with another one, or changed since"
	}
	switch {
	case sealed:
	case r.Approve:
		return vouching, errors.New(what + "; such a plan is not applied with --auto-approve")
	case r.Plan == "":
		return vouching + "\nTo read what it does and be asked, at a terminal: clusterctl apply --plan " +
			Quoted([]string{name}), errors.New(what)
	}
	return "", nil
}

const ownCommand = "step %s runs a command of the preseed, which no saved plan may"

func applyItself(p *plan.Plan) string {
	return "Apply the preseed itself, which runs its commands with --allow-commands: clusterctl apply " + Quoted(p.Files)
}

// fixed reports what only a sealed plan has: members that are taken out of the Raft configuration, and commands that
// repair leftovers, from the list of tasks and with no text but that of the daemon's package.
func fixed(op plan.Op) bool {
	s := op.Shell
	if op.Kind != plan.OpShell || s == nil {
		return op.LeaveRaft != nil && s == nil
	}
	known, _ := drivers.ServiceOf(s.Folder)
	task := slices.Contains([]drivers.Task{drivers.TaskClear, drivers.TaskWipe, drivers.TaskUnbootstrap,
		drivers.TaskService, drivers.TaskReady},
		drivers.Task(s.Task))
	return task && (s.Text == "" || s.Text == known.Stop || s.Text == known.Start)
}

// applySaved applies a saved plan, unless somebody asks for what can only be in a plan from its making on.
func (r *Run) applySaved(ctx context.Context, input preseed.Input) error {
	if len(r.Planning) == 0 {
		return r.saved(ctx, input)
	}
	return Fail(ExitUsage, "Nothing was touched. Say it where the plan is made: clusterctl plan PRESEED --out "+
		Quoted([]string{input.Name}),
		fmt.Errorf("%s is a saved plan, which is applied as it was made: it cannot take %s",
			input.Name, strings.Join(r.Planning, ", ")))
}

// saved applies a saved plan, if the cluster still is what the plan was made from.
func (r *Run) saved(ctx context.Context, input preseed.Input) (err error) {
	p, sealed, err := r.openPlan(input.Name, input.Data)
	if err != nil {
		return err
	}
	secrets := r.secretsOfPlan(r.Registry, p)
	if !sealed { // its connections are its own, too
		secrets.find = func(name string) (schema.Secret, error) {
			return schema.Secret{}, Fail(ExitConsent, vouching, fmt.Errorf("secret %s: a plan without a seal gets none", name))
		}
	}
	backend, err := r.open(ctx, p.Members, bootstrapOf(p), secrets, schema.Flavour{})
	if err != nil {
		return err
	}
	defer Closing(backend, &err)
	live, first, err := r.readOrMeet(ctx, backend, schema.Preseed{Members: p.Members, Bootstrap: p.Bootstrap})
	if err != nil && (first == nil || !p.ComesFirst()) {
		return err
	}
	told, now := r.recheck(p, live, sealed)
	v := &Survey{declared: declared{want: schema.Preseed{Files: told.Files}}, secrets: secrets, backend: backend,
		Facts: live.Facts, Plan: told}
	r.result.Diagnostics = told.Diagnostics
	r.Report.Tell(v)
	if err := r.stale(p, live, "the cluster changed since it was made, or the plan itself"); err != nil {
		hint := fmt.Sprintf("Nothing was touched. Plan again: clusterctl plan %s --out %s", Quoted(told.Files),
			Quoted([]string{input.Name}))
		return Fail(ExitStale, hint, err)
	}
	if err := r.stillAllowed(told, now); err != nil {
		return err
	}
	if told.Empty() {
		r.result.Result = "unchanged"
		return r.complete(told)
	}
	return r.carryOutSaved(ctx, v, sealed)
}

// recheck says what speaks against a saved plan now. One that nobody has sealed is told by its operations.
func (r *Run) recheck(p *plan.Plan, live schema.Cluster, sealed bool) (told *plan.Plan, now schema.Diagnostics) {
	now = build.Recheck(p, live, r.Registry)
	if sealed || p.Refused() {
		return p, now
	}
	told = p.Retold()
	told.Ground(live)
	return told, slices.Concat(now, build.Consent(told, live, r.Registry, r.Options.AllowDestroy))
}

// stillAllowed fails when the plan was refused as it was made, or is now.
func (r *Run) stillAllowed(p *plan.Plan, now schema.Diagnostics) error {
	switch {
	case p.Refused():
		r.result.Result = "refused"
		return Silent(ExitConsent)
	case now.Has(schema.SeverityRefusal):
		r.result.Result, r.result.Diagnostics = "refused", now
		r.Report.Tell(now)
		return Fail(ExitConsent, "Nothing was touched. When that is out of the way, run again: clusterctl "+Quoted(r.Words),
			errors.New("the saved plan cannot be applied now"))
	}
	return nil
}

// carryOutSaved carries out a saved plan, of which somebody says yes where nobody has sealed it.
func (r *Run) carryOutSaved(ctx context.Context, v *Survey, sealed bool) error {
	p := v.Plan
	r.approved = "the seal of the plan"
	if !sealed {
		if err := r.consent(ctx, Question{Steps: len(p.Steps), Unsealed: true}); err != nil {
			return err
		}
	}
	// Once a step is done the saved plan is stale, and the preseed itself leads on.
	r.Words = slices.Concat(r.Words[:1], p.Files)
	if err := r.carryOut(ctx, v, r.upToDate); err != nil {
		return err
	}
	r.result.Result = "applied"
	if p.ComesFirst() {
		r.Report.Tell(Note{Kind: afterFirst(p)})
	}
	return r.complete(p)
}

// SavePlan seals and writes a plan, readable by its owner only. It overwrites nothing but a saved plan, and saves none
// that could not be applied.
func (s *Session) SavePlan(path string, p *plan.Plan) error {
	for _, step := range p.Steps {
		if step.Op.Shell != nil && !fixed(step.Op) {
			return Fail(ExitConsent, applyItself(p), fmt.Errorf("the plan is not saved: "+ownCommand, step.ID))
		}
	}
	key, err := s.planKey(true)
	if err != nil {
		return err
	}
	if err := p.Sign(key); err != nil {
		return fmt.Errorf("sealing the plan: %w", err)
	}
	var data bytes.Buffer
	e := json.NewEncoder(&data)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err = e.Encode(p)
	if err == nil {
		err = WriteFile(path, data.Bytes(), 0o600, planHint, ownPlan)
	}
	if err != nil {
		return fmt.Errorf("saving the plan: %w", err)
	}
	return nil
}

const planHint = "Choose another name for --out, or move the file away."

// Overwritable refuses a file that is there and is no saved plan.
func Overwritable(path string) error {
	return Free(path, planHint, ownPlan)
}
