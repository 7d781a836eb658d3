package session

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/plan/build"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

// isPlan reports whether that is a saved plan: JSON with a format_version.
func isPlan(data []byte) bool {
	if trimmed := bytes.TrimSpace(data); len(trimmed) == 0 || trimmed[0] != '{' {
		return false
	}
	var head struct {
		Format *json.Number `json:"format_version"`
	}
	return json.Unmarshal(data, &head) == nil && head.Format != nil
}

// parsePlan reads a saved plan.
func parsePlan(name string, data []byte) (*plan.Plan, error) {
	p := new(plan.Plan)
	if err := json.Unmarshal(data, p); err != nil {
		return nil, Fail(ExitError, "Make the plan again: clusterctl plan --out "+name, fmt.Errorf("%s: %w", name, err))
	}
	for _, step := range p.Steps {
		if !savable(step.Op) {
			return nil, Fail(ExitConsent, "Nothing was touched. Find out who wrote this file.", fmt.Errorf(
				"%s: step %s has an operation that 'clusterctl plan' never saves: it runs commands or goes past the API", name,
				step.ID))
		}
	}
	return p, nil
}

// savable reports an operation that a plan of a preseed may have. Commands on machines, and calls past the daemons'
// public API, are planned and carried out by recover, upgrade and doctor in one run, and never read from a file.
func savable(op plan.Op) bool {
	public := op.Request == nil || op.Request.Path == "/1.0" || strings.HasPrefix(op.Request.Path, "/1.0/")
	return op.Shell == nil && op.Kind != plan.OpShell && op.Kind != plan.OpRestart && public
}

// saved applies a saved plan, if the cluster still is what the plan was made from.
func (r *Run) saved(ctx context.Context, input preseed.Input) (err error) {
	p, err := parsePlan(input.Name, input.Data)
	if err != nil {
		return err
	}
	if p.Source == schema.SourceDump {
		return Fail(ExitUsage, fmt.Sprintf("Plan against the cluster itself: clusterctl plan %s --out FILE",
			Quoted(p.Files)),
			fmt.Errorf("%s was planned from a dump, which may be older than the cluster: such a plan is never applied",
				input.Name))
	}
	secrets := r.secretsOfPlan(r.Registry, p)
	backend, err := r.open(ctx, p.Members, bootstrapOf(p), secrets)
	if err != nil {
		return err
	}
	defer Closing(backend, &err)
	live, err := r.readAtRest(ctx, backend)
	if err != nil {
		return err
	}
	v := &Survey{declared: declared{want: schema.Preseed{Files: p.Files}}, secrets: secrets, backend: backend,
		Facts: live.Facts, Plan: p}
	r.result.Diagnostics = p.Diagnostics
	r.Report.Tell(v)
	if r.stale(p, live) {
		hint := fmt.Sprintf("Nothing was touched. Plan again: clusterctl plan %s --out %s", Quoted(p.Files),
			Quoted([]string{input.Name}))
		return Fail(ExitStale, hint, errors.New("the plan is stale: the cluster changed since it was made"))
	}
	now := build.Recheck(p, live, r.Registry)
	switch {
	case p.Refused():
		r.result.Result = "refused"
		return Silent(ExitConsent)
	case now.Has(schema.SeverityRefusal):
		r.result.Result, r.result.Diagnostics = "refused", now
		r.Report.Tell(now)
		return Fail(ExitConsent, "Nothing was touched. When all members answer, run again: clusterctl "+Quoted(r.Words),
			errors.New("the saved plan cannot be applied now"))
	case p.Empty():
		r.result.Result = "unchanged"
		return r.complete(p)
	}
	// Once a step is done the saved plan is stale, and the preseed itself leads on.
	r.Words = slices.Concat(r.Words[:1], p.Files)
	if err := r.carryOut(ctx, v, r.upToDate); err != nil {
		return err
	}
	r.result.Result = "applied"
	return r.complete(p)
}

// bootstrapOf is the member that the plan bootstraps, empty if none.
func bootstrapOf(p *plan.Plan) string {
	for _, step := range p.Steps {
		if step.Op.Bootstrap != nil {
			return step.Member
		}
	}
	return ""
}

// stale reports, also to the person, what is no longer as the plan saw it.
func (r *Run) stale(p *plan.Plan, live schema.Cluster) bool {
	moved := plan.Moved(p, live)
	if len(moved) == 0 {
		return false
	}
	r.result.Result = "stale"
	for _, c := range moved {
		r.result.Moved = append(r.result.Moved, c.Ref)
	}
	r.Report.Tell(Stale(moved))
	return true
}

// SavePlan writes a plan, readable by its owner only. It overwrites nothing but a saved plan.
func SavePlan(path string, p *plan.Plan) error {
	if err := Overwritable(path); err != nil {
		return err
	}
	var data bytes.Buffer
	e := json.NewEncoder(&data)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := errors.Join(e.Encode(p), writeAtomically(path, data.Bytes())); err != nil {
		return fmt.Errorf("saving the plan: %w", err)
	}
	return nil
}

// Overwritable refuses a file that is there and is no saved plan.
func Overwritable(path string) error {
	old, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("saving the plan: %w", err)
	case len(old) > 0 && !isPlan(old):
		return Fail(ExitUsage, "Choose another name for --out, or move the file away.",
			fmt.Errorf("%s is there and is no saved plan; it is left as it is", path))
	}
	return nil
}
