package session

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/plan/build"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

// declared is what the files ask for, with what was found in them.
type declared struct {
	// inputs are the files; none for what one command wants. entries are what was read of them, until they are judged for
	// the servers that are there: they take as much memory as the cluster.
	inputs  []preseed.Input
	entries *preseed.Entries
	want    schema.Preseed
	found   schema.Diagnostics
}

// Survey is a preseed beside the cluster that it is about, and the plan between them.
type Survey struct {
	declared
	Facts schema.Facts
	Plan  *plan.Plan
	// Operator reports that the preseed is what one command wants, and no description of the cluster.
	Operator bool

	// live is the cluster that the plan was made from.
	live    schema.Cluster
	secrets secretSource
	backend drivers.Backend
	// registry is what the preseed was judged with, for the servers that are there.
	registry schema.Registry
}

// Files are the inputs.
func (v *Survey) Files() []string { return v.want.Files }

// Close closes the connections to the cluster.
func (v *Survey) Close() error { return v.backend.Close() }

// Survey reads and checks the inputs, reads the cluster, and plans. The caller closes it. With errors in the inputs,
// the error is an *InvalidError; that may also be found when the servers turn out to be of a product that they are
// not right for.
func (s *Session) Survey(ctx context.Context, inputs []preseed.Input, opts plan.Options) (*Survey, error) {
	if err := s.checkNames(opts); err != nil {
		return nil, err
	}
	begun := s.approach(ctx, inputs)
	defer begun.end()
	w := declared{inputs: inputs}
	var err error
	if w.entries, err = s.Entries(ctx, inputs); err != nil {
		return nil, err
	}
	if w.want, w.found, err = s.Judge(ctx, w.entries); err != nil {
		return nil, err
	}
	if !unread(w.found) {
		w.found = append(w.found, s.memberless(w.want)...)
	}
	wrong := w.complete(ctx, s)
	if wrong != nil && !mayBeRight(w.found) {
		return nil, wrong
	}
	v := &Survey{declared: w, secrets: s.secretsOf(w.want)}
	if v.backend, err = begun.open(ctx, s, w.want, v.secrets); err != nil {
		return nil, err
	}
	w = declared{}
	if v.want.Assumed && !slices.ContainsFunc(v.want.Members, introduced) {
		v.want.Want, v.want.Source = schema.Cluster{}, nil // judged for the servers that are there, it takes its place
	}
	if err := v.read(ctx, s, opts); err != nil {
		if invalid := (*InvalidError)(nil); wrong != nil && !errors.As(err, &invalid) {
			err = wrong // nobody could be asked
		}
		return nil, errors.Join(err, v.backend.Close())
	}
	v.rehearse(ctx, s, opts)
	v.prove(ctx, s, opts)
	return v, nil
}

// introduced reports a member that this client may first have to be introduced to: nothing is judged before.
func introduced(m schema.Member) bool {
	return m.Connection.HTTPS != nil && m.Connection.HTTPS.Token+m.Connection.HTTPS.Password != ""
}

// Status looks at the cluster of the survey once more.
func (v *Survey) Status(ctx context.Context, s *Session) (Status, error) {
	return s.observe(ctx, opened{want: v.want, backend: v.backend})
}

// complete adds what the files name, and fails when they, or that, have errors.
func (w *declared) complete(ctx context.Context, s *Session) error {
	if !slices.ContainsFunc(w.found, wrongAnyway) {
		var more schema.Diagnostics
		w.want, more = withCertificates(w.want, s.readNamed)
		w.found = slices.Concat(w.found, more, s.notCompared(w.want), s.Resolve(ctx, w.want)).Sorted()
	}
	if w.found.Has(schema.SeverityError) {
		return &InvalidError{Files: w.want.Files, Found: w.found}
	}
	return nil
}

// judge judges the entries once more when the servers turn out to be other ones than they were judged for.
func (v *Survey) judge(ctx context.Context, s *Session, live schema.Flavour) error {
	w, reg := &v.declared, toldBy(ctx, v.backend, v.want.Bootstrap, s.Registry.For(live))
	v.registry = reg
	entries := w.entries
	w.entries = nil
	same := reg.Flavour() == w.want.Judged && (reg.Assumed() || !w.want.Assumed)
	if len(w.inputs) == 0 || same && w.want.Want.Len() > 0 {
		return nil
	}
	var err error
	if entries == nil {
		if entries, err = s.Entries(ctx, w.inputs); err != nil {
			return err
		}
	}
	w.want.Want, w.want.Source = schema.Cluster{}, nil // what comes now takes as much memory
	if w.want, w.found, err = s.judgeFor(ctx, entries.Last(), reg); err != nil {
		return err
	}
	if err := w.complete(ctx, s); slices.ContainsFunc(w.found, wrongAnyway) {
		return err
	}
	return nil
}

// read reads the cluster (again) and makes the plan (again).
func (v *Survey) read(ctx context.Context, s *Session, opts plan.Options) error {
	var wrong error
	reading := ctx
	if !slices.ContainsFunc(v.want.Members, introduced) {
		reading = drivers.Meeting(ctx, func(f schema.Flavour) { // once what is live has come, both would take memory
			wrong = cmp.Or(wrong, v.judge(ctx, s, f))
		})
	}
	live, first, err := s.readOrMeet(reading, v.backend, v.want)
	if wrong != nil {
		return wrong
	}
	if first != nil {
		v.found = slices.DeleteFunc(slices.Clone(v.found), lacks) // the next plan sees the cluster
		v.Facts, v.Plan = live.Facts, withFindings(first, v.found)
		return nil
	}
	if err != nil {
		return err
	}
	if err := v.judge(ctx, s, live.Facts.Flavour); err != nil {
		return err
	}
	reg := v.planning(s)
	if v.found = namedIn(reg, v.want.Want, live, v.found); slices.ContainsFunc(v.found, missed) {
		return &InvalidError{Files: v.want.Files, Found: v.found}
	}
	v.want.Want = related(reg, v.want.Want, live)
	if live, err = s.withLeftovers(ctx, v.backend, v.want, live); err != nil {
		return err
	}
	if slices.ContainsFunc(v.want.Members, func(m schema.Member) bool { return leaving(v.want, m.Name) }) {
		live = s.heard(ctx, v.backend, live)
	}
	v.planFrom(s, s.withAddresses(ctx, v.backend, v.want, live), opts)
	return nil
}

// readOrMeet reads the cluster. Where servers do not trust this client and can be brought to, or the one that begins a
// cluster does not start and can be mended, first has the steps for that, which come before anything else; with an
// error nothing but that is known of them.
func (s *Session) readOrMeet(ctx context.Context, backend drivers.Backend, want schema.Preseed) (live schema.Cluster,
	first *plan.Plan, err error) {
	live, err = s.readAtRest(ctx, backend)
	if nobody, ok := errors.AsType[*drivers.NobodyError](err); ok {
		live = schema.NewCluster(schema.Facts{Hosts: nobody.Hosts})
	} else if err != nil {
		return live, nil, err
	}
	live = s.withTorn(ctx, backend, want, live)
	return live, build.First(want, live.Facts), err
}

// planning is the registry to plan with.
func (v *Survey) planning(s *Session) schema.Registry {
	if v.registry.Informed() {
		return v.registry
	}
	return s.Registry
}

func (v *Survey) planFrom(s *Session, live schema.Cluster, opts plan.Options) {
	v.Facts, v.live = live.Facts, live
	v.Plan = withFindings(build.Build(v.want, live, v.planning(s), opts), v.found)
	if v.Operator {
		v.Plan.Diagnostics = slices.DeleteFunc(v.Plan.Diagnostics,
			func(d schema.Diagnostic) bool { return d.Code == plan.CodeUndeclared })
	}
}

// operation returns a survey that wants those objects and nothing else: what they do not name is not pruned.
func (s *Session) operation(seen opened, live schema.Cluster, opts plan.Options, objects ...schema.Object) *Survey {
	want := schema.Preseed{Want: schema.NewCluster(schema.Facts{}, objects...), Members: seen.want.Members,
		Bootstrap: seen.want.Bootstrap, Settings: seen.want.Settings, Files: seen.want.Files, Secrets: seen.want.Secrets}
	want.Settings.Prune = nil
	v := &Survey{declared: declared{want: want}, secrets: s.secretsOf(want), backend: seen.backend, Operator: true}
	v.planFrom(s, live, opts)
	return v
}

// planned returns a survey of a plan that is made from no preseed.
func (s *Session) planned(seen opened, facts schema.Facts, p *plan.Plan) *Survey {
	return &Survey{declared: declared{want: schema.Preseed{Files: seen.want.Files}},
		secrets: s.secretsOf(seen.want), backend: seen.backend, Facts: facts, Plan: p, Operator: true}
}
