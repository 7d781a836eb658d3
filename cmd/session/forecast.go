package session

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"clusterctl/apply"
	"clusterctl/plan"
	"clusterctl/schema"
)

// pastRuns is how many runs of the journal a forecast goes by: the newest ones.
const pastRuns = 20

// Forecast is how long steps will take, going by what the same took before on the same cluster.
type Forecast struct {
	// Steps has how long each takes, Whole how long all of them do, some at the same time.
	Steps map[plan.StepID]time.Duration
	Whole time.Duration
}

// Forecast goes by the journal. It is false where that does not know each of the steps.
func (r *Run) Forecast(steps []plan.Step) (Forecast, bool) {
	usual := usualOf(r.Journal, r.reached)
	f := Forecast{Steps: map[plan.StepID]time.Duration{}}
	for _, s := range steps {
		took, known := usual[sortOf(string(s.Op.Kind), string(s.ID))]
		if !known {
			return Forecast{}, false
		}
		f.Steps[s.ID] = took
	}
	f.Whole = apply.Span(steps, f.Steps, r.Limits.Parallelism)
	return f, len(steps) > 0
}

// sortOf names what steps have in common that take alike: "request create:profile", "join join".
func sortOf(op, id string) string {
	id, _, isObject := strings.Cut(id, "/")
	if !isObject {
		id, _, _ = strings.Cut(id, ":")
	}
	return op + " " + id
}

// usualOf is how long steps took in the newest runs of the cluster of these members: of each sort the median.
func usualOf(dir string, members []schema.Member) map[string]time.Duration {
	files, err := filepath.Glob(filepath.Join(dir, "*"+journalEnding))
	if err != nil || dir == "" {
		return nil
	}
	slices.Sort(files) // their names begin with the time
	took := map[string][]time.Duration{}
	for _, file := range files[max(0, len(files)-pastRuns):] {
		if data, err := readOwn(file); err == nil && ofCluster(readRun("", data), members) {
			addTaken(took, data)
		}
	}
	usual := map[string]time.Duration{}
	for sort, list := range took {
		slices.Sort(list)
		usual[sort] = list[len(list)/2]
	}
	return usual
}

// ofCluster reports a run on one of the members.
func ofCluster(run PastRun, members []schema.Member) bool {
	return slices.ContainsFunc(members, func(m schema.Member) bool {
		return slices.Contains(run.Cluster, m.Name+" "+m.Address)
	})
}

// addTaken adds how long each step of a run took that was done.
func addTaken(took map[string][]time.Duration, run []byte) {
	for text := range bytes.Lines(run) {
		var line eventLine
		if json.Unmarshal(text, &line) == nil && line.Kind == apply.Done && line.Step != nil && line.TookMS != nil {
			sort := sortOf(string(line.Step.Kind), string(line.Step.ID))
			took[sort] = append(took[sort], time.Duration(*line.TookMS)*time.Millisecond)
		}
	}
}
