package session

import (
	"context"
	"errors"
	"strings"
	"testing"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

// untouchable is a cluster that nobody may use.
type untouchable struct{ t *testing.T }

var errTouched = errors.New("a rehearsal has used the cluster itself")

func (u untouchable) Read(context.Context) (schema.Cluster, error) {
	u.t.Error(errTouched)
	return schema.Cluster{}, errTouched
}

func (u untouchable) API(context.Context, string) (drivers.API, error) {
	u.t.Error(errTouched)
	return nil, errTouched
}

func (u untouchable) Close() error {
	u.t.Error(errTouched)
	return errTouched
}

// rehearsed plans for a live cluster, whose backend nobody may use any more, and rehearses that.
func rehearsed(t *testing.T, live schema.Cluster, inputs ...preseed.Input) *plan.Plan {
	t.Helper()
	s := testSession(nil)
	s.Rehearse, s.LookupHost = true, LookupAnything
	entries, err := s.Entries(t.Context(), inputs)
	if err != nil {
		t.Fatal(err)
	}
	w := declared{entries: entries}
	if w.want, w.found, err = s.Judge(t.Context(), entries); err != nil ||
		withoutRules(w.found).Has(schema.SeverityError) {
		t.Fatal(err, w.found)
	}
	v := &Survey{declared: w, backend: untouchable{t}, secrets: s.secretsOf(w.want)}
	v.planFrom(s, live, plan.Options{})
	v.Plan.Diagnostics = withoutRules(v.Plan.Diagnostics)
	v.rehearse(t.Context(), s, plan.Options{})
	return v.Plan
}

func file(text string) preseed.Input { return preseed.Input{Name: "preseed.yaml", Data: []byte(text)} }

func (c *oneMember) live(t *testing.T) schema.Cluster {
	t.Helper()
	live, err := c.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return live
}

func TestRehearsalTouchesNoServer(t *testing.T) {
	t.Parallel()
	p := rehearsed(t, (&oneMember{}).live(t), file(webProfile))
	if got, want := p.Rehearsal.Text(), "Rehearsed on a copy of the cluster."; got != want || len(p.Steps) == 0 {
		t.Errorf("got %q with %d steps, want %q", got, len(p.Steps), want)
	}
}

func TestFailedRehearsalRefusesNothing(t *testing.T) {
	t.Parallel()
	live := (&oneMember{}).live(t)
	facts := live.Facts
	facts.Members = map[string]schema.MemberFacts{"node1": facts.Members["node1"], "node2": facts.Members["node1"]} // one address twice
	p := rehearsed(t, schema.NewCluster(facts, live.Objects()...), file(webProfile))
	if r := p.Rehearsal; p.Refused() || r.Result != plan.RehearsedNot || !strings.Contains(r.Text(),
		"copying the cluster") {
		t.Errorf("got %q, refused %v; want no rehearsal and no refusal", r.Text(), p.Refused())
	}
}

func TestSecretIsRehearsedWithAnother(t *testing.T) {
	t.Parallel()
	p := rehearsed(t, (&oneMember{}).live(t), file("config: {core.trust_password: kept-away}\n"+webProfile))
	if got, want := p.Rehearsal.Text(), "Rehearsed on a copy of the cluster, but for the values of secrets."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
