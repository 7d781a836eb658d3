package session

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"clusterctl/plan"
	"clusterctl/schema"
)

// TestForecastGoesByRunsOfTheSameCluster also holds that nothing is said where one step is not known.
func TestForecastGoesByRunsOfTheSameCluster(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run := func(name, member string, took ...string) {
		text := `{"kind":"run","cluster":["` + member + `"]}` + "\n"
		for _, ms := range took {
			text += `{"kind":"done","step":{"id":"create:profile/x","kind":"request"},"took_ms":` + ms + "}\n"
		}
		if err := os.WriteFile(filepath.Join(dir, name+journalEnding), []byte(text+`{"kind":"do`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run("20260101", "node1 10.0.0.1:8443", "100", "300", "200")
	run("20260102", "other 10.9.9.9:8443", "90000", "90000", "90000", "90000")
	r := &Run{Session: &Session{reached: []schema.Member{{Name: "node1", Address: "10.0.0.1:8443"}},
		Limits: Limits{Parallelism: 1}}, Journal: dir}
	create := func(name string) plan.Step {
		return plan.Step{ID: plan.StepID("create:profile/" + name), Op: plan.Op{Kind: plan.OpRequest}}
	}
	got, known := r.Forecast([]plan.Step{create("a"), create("b")})
	if !known || got.Whole != 400*time.Millisecond || got.Steps["create:profile/b"] != 200*time.Millisecond {
		t.Errorf("got %+v, %t", got, known)
	}
	for _, steps := range [][]plan.Step{nil, {create("a"), {ID: "join:node2", Op: plan.Op{Kind: plan.OpJoin}}}} {
		if got, known := r.Forecast(steps); known {
			t.Errorf("got %+v for steps that are not known", got)
		}
	}
}
