package render

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"clusterctl/apply"
	"clusterctl/cmd/session"
	"clusterctl/plan"
)

// EventsText writes events for people. It implements apply.Sink.
//
// On a terminal a step is one line that ends when the step does. Elsewhere each event is a line of its own, with
// the time in UTC.
type EventsText struct {
	w        io.Writer
	paint    Paint
	terminal bool
	number   map[plan.StepID]int
	// open is the step whose line has no end yet.
	open plan.StepID
	// skipped are the steps that were not tried; they come in a row, at the end.
	skipped []apply.Event
}

// NewEventsText returns a sink that writes to w.
func NewEventsText(w io.Writer, paint Paint, terminal bool) *EventsText {
	return &EventsText{w: w, paint: paint, terminal: terminal, number: map[plan.StepID]int{}}
}

// Event writes one event.
func (t *EventsText) Event(e apply.Event) {
	switch e.Kind {
	case apply.Planned:
		for i, s := range e.Steps {
			t.number[s.ID] = i + 1
		}
	case apply.Skipped:
		t.skipped = append(t.skipped, e)
	case apply.Finished: // whoever ran the plan says how it ended
		t.notTried()
		t.end()
	case apply.Started:
		t.started(e)
	default:
		t.went(e)
	}
}

func (t *EventsText) started(e apply.Event) {
	if !t.terminal {
		t.line(e, "started")
		return
	}
	t.end()
	fmt.Fprintf(t.w, "%s ...", t.title(e.Step))
	t.open = e.Step.ID
}

// went writes how far a step is or how it ended.
func (t *EventsText) went(e apply.Event) {
	text := t.text(e)
	if !t.terminal {
		t.line(e, text)
		return
	}
	if t.open == e.Step.ID {
		fmt.Fprintf(t.w, " %s", text)
		if e.Kind == apply.Progress {
			fmt.Fprint(t.w, " ...")
			return
		}
		t.end()
		return
	}
	t.end()
	fmt.Fprintf(t.w, "%s ... %s\n", t.title(e.Step), text)
}

func (t *EventsText) text(e apply.Event) string {
	switch e.Kind {
	case apply.Done:
		done := t.paint.in(green, "done") + " (" + session.Took(e.Took) + ")"
		if e.Message != "" {
			done += ": " + clean(e.Message)
		}
		return done
	case apply.Failed:
		return t.paint.in(red, "failed") + " (" + session.Took(e.Took) + "): " + clean(cause(e))
	case apply.Skipped:
		return t.paint.in(yellow, "skipped") + ": " + clean(e.Message)
	default:
		return clean(cmp.Or(e.Message, "running")) + " (" + session.Took(e.Took) + ")"
	}
}

// cause is the first line of what went wrong. What was left behind and what to do come when the run has ended.
func cause(e apply.Event) string {
	if e.Err == nil {
		return e.Message
	}
	first, _, _ := strings.Cut(e.Err.Error(), "\n")
	return first
}

func (t *EventsText) line(e apply.Event, text string) {
	fmt.Fprintf(t.w, "%s %s: %s\n", e.Time.UTC().Format(time.TimeOnly), t.title(e.Step), text)
}

// notTried writes the steps that were skipped, those for one reason as one line where they are many.
func (t *EventsText) notTried() {
	for _, run := range runs(t.skipped, func(a, b apply.Event) bool { return a.Message == b.Message }) {
		if len(run) == 1 {
			t.went(run[0])
			continue
		}
		t.end()
		text := t.paint.in(yellow, "skipped") + ": " + clean(run[0].Message)
		fmt.Fprintf(t.w, "%d more steps, up to %s: %s\n", len(run), t.title(run[len(run)-1].Step), text)
	}
}

// end ends the line that is open.
func (t *EventsText) end() {
	if t.open != "" {
		fmt.Fprintln(t.w)
		t.open = ""
	}
}

func (t *EventsText) title(s plan.Step) string {
	return fmt.Sprintf("[%d/%d] %s", t.number[s.ID], len(t.number), clean(s.Title))
}

// Applied is the last line of an apply.
func Applied(w io.Writer, r session.Result) {
	line := fmt.Sprintf("Applied: %s in %s.", Count(r.Done, "step"),
		session.Took(time.Duration(r.TookMS)*time.Millisecond))
	if r.Verified {
		line += " A second plan is empty."
	}
	if len(r.Unseen) > 0 {
		line += " " + NotLookedAt(r.Unseen)
	}
	fmt.Fprintln(w, line)
}
