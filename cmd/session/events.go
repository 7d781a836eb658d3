package session

import (
	"bytes"
	"encoding/json"
	"io"
	"time"

	"clusterctl/apply"
	"clusterctl/plan"
)

// EventsFormat is the version of the JSON lines of an apply.
const EventsFormat = 1

// EventsJSON writes one JSON object per event and line. It implements apply.Sink.
type EventsJSON struct {
	out *json.Encoder
}

// NewEventsJSON returns a sink that writes to w.
func NewEventsJSON(w io.Writer) *EventsJSON {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return &EventsJSON{out: e}
}

type eventLine struct {
	Format  int             `json:"format_version"`
	Kind    apply.EventKind `json:"kind"`
	Seq     int             `json:"seq"`
	Time    time.Time       `json:"time"`
	Step    *stepLine       `json:"step,omitempty"`
	TookMS  *int64          `json:"took_ms,omitempty"`
	Message string          `json:"message,omitempty"`
	Error   string          `json:"error,omitempty"`
	Cause   string          `json:"error_kind,omitempty"`
	Steps   []stepLine      `json:"steps,omitempty"`
	Done    *int            `json:"done,omitempty"`
	Failed  *int            `json:"failed,omitempty"`
	Skipped *int            `json:"skipped,omitempty"`
}

type stepLine struct {
	ID     plan.StepID `json:"id"`
	Title  string      `json:"title"`
	Kind   plan.OpKind `json:"kind"`
	Member string      `json:"member"`
}

func stepOf(s plan.Step) stepLine {
	return stepLine{ID: s.ID, Title: s.Title, Kind: s.Op.Kind, Member: s.Member}
}

// Event writes one event.
func (j *EventsJSON) Event(e apply.Event) {
	line := eventLine{Format: EventsFormat, Kind: e.Kind, Seq: e.Seq, Time: e.Time.UTC(), Message: e.Message}
	if e.Step.ID != "" {
		step := stepOf(e.Step)
		line.Step = &step
	}
	for _, s := range e.Steps {
		line.Steps = append(line.Steps, stepOf(s))
	}
	if e.Kind == apply.Done || e.Kind == apply.Failed {
		line.TookMS = milliseconds(e.Took)
	}
	if e.Err != nil {
		line.Error, line.Cause = e.Err.Error(), ErrorKind(e.Err)
	}
	if o := e.Outcome; o != nil {
		line.TookMS, line.Done, line.Failed, line.Skipped = milliseconds(o.Took), &o.Done, &o.Failed, &o.Skipped
	}
	_ = j.out.Encode(line) // a reader that went away must not stop an apply
}

func milliseconds(d time.Duration) *int64 { ms := d.Milliseconds(); return &ms }

// Plan writes a line with the whole plan.
func (j *EventsJSON) Plan(p *plan.Plan) {
	_ = j.out.Encode(struct {
		Format int        `json:"format_version"`
		Kind   string     `json:"kind"`
		Plan   *plan.Plan `json:"plan"`
	}{EventsFormat, "plan", p})
}

// Result writes the last line.
func (j *EventsJSON) Result(r Result) {
	_ = j.out.Encode(struct {
		Format int    `json:"format_version"`
		Kind   string `json:"kind"`
		Result
	}{EventsFormat, "outcome", r})
}

// PastRun is one run in the journal.
type PastRun struct {
	Name  string    `json:"name"`
	Began time.Time `json:"began"`
	By
	// Broken reports that not even the beginning was written in full.
	Broken bool `json:"broken,omitempty"`
	// Result is how it ended, empty when that was not noted: it still runs, or has died.
	Result   string `json:"result"`
	ExitCode int    `json:"exit_code"`
	Done     int    `json:"done"`
	Failed   int    `json:"failed"`
}

// runBegins is the first line of a run's file.
type runBegins struct {
	Format int       `json:"format_version"`
	Kind   string    `json:"kind"`
	Time   time.Time `json:"time"`
	By
}

// By says who ran what on what, and by whose leave.
type By struct {
	// Words are the command line, as far as it has to be typed again.
	Words []string `json:"words"`
	Owner string   `json:"owner"`
	// Cluster has the members, each with its address, and Files the whole names of the input files.
	Cluster []string `json:"cluster"`
	Files   []string `json:"files"`
	// User and Host are those of the machine of clusterctl; the owner is the user of CI, where there is one.
	User string `json:"user"`
	Host string `json:"host"`
	// Logins are how each member was reached, by name, and as whom.
	Logins map[string]string `json:"logins"`
	// Approved says by what: a yes to the question, --auto-approve, or the seal of the saved plan.
	Approved string `json:"approved"`
	// Hashes are the SHA-256 of the inputs by name, in hex.
	Hashes map[string]string `json:"sha256"`
}

// readRun reads a run's file.
func readRun(name string, data []byte) PastRun {
	first, _, _ := bytes.Cut(data, []byte("\n"))
	var begins runBegins
	if json.Unmarshal(first, &begins) != nil || begins.Kind != "run" {
		return PastRun{Name: name, Broken: true}
	}
	run := PastRun{Name: name, Began: begins.Time, By: begins.By}
	lines := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	var outcome struct {
		Kind string
		Result
	}
	if json.Unmarshal(lines[len(lines)-1], &outcome) == nil && outcome.Kind == "outcome" {
		r := outcome.Result
		run.Result, run.ExitCode, run.Done, run.Failed = r.Result, r.ExitCode, r.Done, r.Failed
	}
	return run
}
