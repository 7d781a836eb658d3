package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/rs/zerolog"

	"clusterctl/cmd/render"
	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/plan/build"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

// wish is what the files ask for, with what was found in them.
type wish struct {
	inputs []preseed.Input
	want   schema.Preseed
	found  schema.Diagnostics
}

// survey is a preseed beside the cluster that it is about, and the plan between them.
type survey struct {
	*wish
	secrets secretSource
	backend drivers.Backend
	facts   schema.Facts
	plan    *plan.Plan
	// operator reports that the preseed is what one command wants, and no description of the cluster.
	operator bool
}

// errInvalid is the error for a preseed that is not valid; its diagnostics have been, or will be, printed.
var errInvalid = errors.New("the preseed is not valid; nothing was touched")

// desired reads and checks the preseed, with the files and host names that it names. With errors in it, it returns the findings
// and errInvalid.
func desired(ctx context.Context, s *session, inputs []preseed.Input) (*wish, error) {
	w := &wish{inputs: inputs}
	var err error
	if w.want, w.found, err = decode(s, inputs); err != nil {
		return w, err
	}
	return w, w.complete(ctx, s)
}

// complete adds what the files name, and fails with errInvalid when they, or that, have errors.
func (w *wish) complete(ctx context.Context, s *session) error {
	if !w.found.Has(schema.SeverityError) {
		var more schema.Diagnostics
		w.want, more = withCertificates(w.want, s.readFile)
		w.found = slices.Concat(w.found, more, resolve(ctx, s.LookupHost, w.want)).Sorted()
	}
	if w.found.Has(schema.SeverityError) {
		return fail(ExitInvalid, "", errInvalid)
	}
	return nil
}

// judge reads the files once more when the servers turn out to be another product than they were judged for. What one
// command wants is in no file, and stays.
func (w *wish) judge(ctx context.Context, s *session, live schema.Flavour) error {
	reg := s.judging(live)
	if w.inputs == nil || reg.Flavour() == w.want.Judged {
		return nil
	}
	var err error
	if w.want, w.found, err = decodeFor(s, reg, w.inputs); err != nil {
		return err
	}
	return w.complete(ctx, s)
}

// lookAt reads the cluster and plans. The caller closes the backend. It fails with errInvalid when the servers are of a product
// that the files are not right for; w has the findings then.
func lookAt(ctx context.Context, s *session, w *wish, r reach, opts plan.Options) (*survey, error) {
	v := &survey{wish: w, secrets: secretsOf(s.Streams, w.want)}
	var err error
	v.backend, err = s.Open(ctx, s.target(w.want.Members, w.want.Bootstrap, v.secrets, r))
	if err != nil {
		return nil, err
	}
	if err := v.read(ctx, s, r, opts); err != nil {
		return nil, errors.Join(err, v.backend.Close())
	}
	return v, nil
}

// read reads the cluster (again) and makes the plan (again).
func (v *survey) read(ctx context.Context, s *session, r reach, opts plan.Options) error {
	live, err := readLive(ctx, s, v.backend, r)
	if err != nil {
		return err
	}
	if err := v.judge(ctx, s, live.Facts.Flavour); err != nil {
		return err
	}
	v.planFrom(s, live, opts)
	if found := checkAddresses(ctx, v.backend, v.want, v.plan); len(found) > 0 {
		v.plan.Diagnostics = append(v.plan.Diagnostics, found.Words(v.facts.Flavour)...)
	}
	return nil
}

func (v *survey) planFrom(s *session, live schema.Cluster, opts plan.Options) {
	v.facts = live.Facts
	v.plan = withFindings(build.Build(v.want, live, s.reg, opts), v.found)
	if v.operator {
		v.plan.Diagnostics = slices.DeleteFunc(v.plan.Diagnostics, func(d schema.Diagnostic) bool { return d.Code == plan.CodeUndeclared })
	}
}

func (s *session) target(members []schema.Member, bootstrap string, secrets secretSource, r reach) Target {
	return Target{Members: members, Bootstrap: bootstrap, Registry: s.reg, ReadFile: s.readFile, Secret: secrets.Secret, Parallelism: r.parallelism}
}

func readLive(ctx context.Context, s *session, backend drivers.Backend, r reach) (schema.Cluster, error) {
	limited, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	began := s.Now()
	live, err := backend.Read(limited)
	zerolog.Ctx(ctx).Debug().Dur("took", s.Now().Sub(began)).Int("objects", live.Len()).
		Str("source", live.Facts.Source).Err(err).Msg("read the cluster")
	switch {
	case err != nil && ctx.Err() != nil:
		return schema.Cluster{}, fail(ExitInterrupted, "", errors.New("interrupted while reading the cluster"))
	case err != nil:
		return schema.Cluster{}, fmt.Errorf("reading the cluster: %w", err)
	}
	return live, nil
}

func (v *survey) header() render.Header { return render.Header{Facts: v.facts, Files: v.want.Files} }

// closing closes the backend and joins what that says to the error of the command.
func closing(backend io.Closer, err *error) {
	if closed := backend.Close(); closed != nil && *err == nil {
		*err = fmt.Errorf("closing connections: %w", closed)
	}
}
