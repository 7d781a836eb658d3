package cmd

import (
	"context"
	"fmt"
	"slices"

	"clusterctl/cmd/render"
	"clusterctl/plan/care"
	"clusterctl/schema"
)

// mend looks, shows the repairs as a plan, and carries them out.
func mend(ctx context.Context, s *session, flags doctorFlags, names []string) error {
	run := newApplyRun(s, applyFlags{given: flags.given, reach: flags.look.reach, format: flags.look.format, approve: flags.auto, lock: flags.lock},
		slices.Concat([]string{"doctor"}, names), names)
	return run.end(run.mend(ctx, flags))
}

func (r *applyRun) mend(ctx context.Context, flags doctorFlags) (err error) {
	at, err := r.seek(ctx, flags.look, r.names)
	if err != nil {
		return err
	}
	defer closing(at.backend, &err)
	live, findings, err := examine(ctx, r.session, at, flags.look.reach)
	if err != nil {
		return err
	}
	repair := care.Repair(findings, live, at.want.Members, at.want.Files)
	r.result.Diagnostics = diagnosticsOf(findings)
	if flags.look.format == "text" {
		render.Findings(r.Out, render.Color(r.color), render.Header{Facts: live.Facts, Files: at.want.Files}, findings)
		render.Steps(r.Out, render.Color(r.color), repair.Steps)
	}
	if len(repair.Steps) == 0 {
		r.result.Result = "unchanged"
		return nil
	}
	if err := r.consent(ctx, len(repair.Steps)); err != nil {
		return err
	}
	v := &survey{wish: &wish{want: schema.Preseed{Files: at.want.Files}}, secrets: secretsOf(r.Streams, at.want), backend: at.backend, facts: live.Facts, plan: repair}
	if err := r.carryOut(ctx, v); err != nil {
		return err
	}
	return r.recovered(ctx, at, findings)
}

// recovered looks again and expects what was mended to be gone.
func (r *applyRun) recovered(ctx context.Context, at sight, before []care.Finding) error {
	_, after, err := examine(ctx, r.session, at, r.flags.reach)
	if err != nil {
		return fmt.Errorf("every step was done; looking again: %w", err)
	}
	left := slices.DeleteFunc(after, func(f care.Finding) bool {
		return !slices.ContainsFunc(before, func(b care.Finding) bool { return len(b.Steps) > 0 && b.Code == f.Code && b.Summary == f.Summary })
	})
	if len(left) == 0 {
		r.result.Result = "applied"
		return nil
	}
	r.result.Result = "differs"
	return fail(ExitError, "Look again with clusterctl doctor.", fmt.Errorf("every step was done, but %s is still there: %s", counted(len(left), "finding"), left[0].Summary))
}
