package render

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"clusterctl/apply"
	"clusterctl/plan"
	"clusterctl/schema"
)

// EventsFormat is the version of the JSON lines of an apply.
const EventsFormat = 1

// EventsJSON writes one JSON object per event and line. It implements apply.Sink.
type EventsJSON struct {
	out    *json.Encoder
	kindOf func(error) string
}

// NewEventsJSON returns a sink that writes to w. kindOf names the kind of an error in a word or two, empty when
// it has none.
func NewEventsJSON(w io.Writer, kindOf func(error) string) *EventsJSON {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return &EventsJSON{out: e, kindOf: kindOf}
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
		line.Error, line.Cause = e.Err.Error(), j.kindOf(e.Err)
	}
	if o := e.Outcome; o != nil {
		line.TookMS, line.Done, line.Failed, line.Skipped = milliseconds(o.Took), &o.Done, &o.Failed, &o.Skipped
	}
	_ = j.out.Encode(line) // a reader that went away must not stop an apply
}

func milliseconds(d time.Duration) *int64 { ms := d.Milliseconds(); return &ms }

// Result is the last line of an apply: how it ended, whatever happened before.
type Result struct {
	// Result is one word: applied, unchanged, refused, stale, invalid, partial, differs, interrupted, error.
	Result   string `json:"result"`
	ExitCode int    `json:"exit_code"`
	Done     int    `json:"done"`
	Failed   int    `json:"failed"`
	Skipped  int    `json:"skipped"`
	TookMS   int64  `json:"took_ms"`
	// Verified reports that a second plan after the run was empty.
	Verified bool `json:"verified,omitempty"`
	// Remaining are the changes that a second plan still has.
	Remaining []schema.Ref `json:"remaining,omitempty"`
	// Moved are the objects that changed since a saved plan was made.
	Moved       []schema.Ref       `json:"moved,omitempty"`
	Diagnostics schema.Diagnostics `json:"diagnostics,omitempty"`
	Error       string             `json:"error,omitempty"`
	Hint        string             `json:"hint,omitempty"`
}

// Applied is the last line of an apply for people.
func Applied(r Result) string {
	took := time.Duration(r.TookMS) * time.Millisecond
	line := fmt.Sprintf("Applied: %s in %s.", count(r.Done, "step"), Took(took))
	if r.Verified {
		line += " A second plan is empty."
	}
	return line
}

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
