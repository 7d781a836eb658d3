package render

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"clusterctl/apply"
	"clusterctl/cmd/session"
	"clusterctl/plan"
	"clusterctl/schema"
)

// EventsText writes events for people. It implements apply.Sink.
//
// On a terminal each running step is a live line, and each one that has ended a line above. Elsewhere each event is a
// line of its own, with the time in UTC.
type EventsText struct {
	w        io.Writer
	paint    Paint
	live     Live
	forecast func([]plan.Step) (session.Forecast, bool)
	// board has the live lines, nil where there are none; hide takes them off the screen.
	board  *board
	hide   func()
	number map[plan.StepID]int
	// skipped are the steps that were not tried, by why; whys are the reasons in the order of the first.
	skipped map[string][]apply.Event
	whys    []string
}

// NewEventsText returns a sink that writes to w, and to the live lines of a terminal unless that is nil. Forecast says
// how long steps will take, if that is known.
func NewEventsText(w io.Writer, paint Paint, live Live,
	forecast func([]plan.Step) (session.Forecast, bool)) *EventsText {
	return &EventsText{w: w, paint: paint, live: live, forecast: forecast}
}

// Event writes one event.
func (t *EventsText) Event(e apply.Event) {
	if t.board != nil && e.Step.ID != "" {
		t.board.event(e, t.title(e.Step))
	}
	switch e.Kind {
	case apply.Planned:
		t.planned(e)
	case apply.Skipped:
		if t.skipped[e.Message] == nil {
			t.whys = append(t.whys, e.Message)
		}
		t.skipped[e.Message] = append(t.skipped[e.Message], e)
	case apply.Finished: // whoever ran the plan says how it ended
		t.notTried()
		if t.board != nil {
			t.hide()
		}
	case apply.Started:
		if t.board == nil {
			t.line(e, "started")
		}
	default:
		if t.board == nil || e.Kind != apply.Progress {
			t.line(e, t.text(e))
		}
	}
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

// planned begins a run; a command may have several.
func (t *EventsText) planned(e apply.Event) {
	t.number, t.skipped, t.whys = map[plan.StepID]int{}, map[string][]apply.Event{}, nil
	for i, s := range e.Steps {
		t.number[s.ID] = i + 1
	}
	if t.live != nil {
		t.board = &board{live: t.live, forecast: t.forecast}
		t.hide = t.board.show(e)
	}
}

func (t *EventsText) line(e apply.Event, text string) {
	if t.board == nil {
		text = e.Time.UTC().Format(time.TimeOnly) + " " + t.title(e.Step) + ": " + text
	} else {
		text = t.title(e.Step) + ": " + text
	}
	fmt.Fprintln(t.w, text)
}

// notTried writes the steps that were skipped; where many are for one reason, how many.
func (t *EventsText) notTried() {
	for _, why := range t.whys {
		list := t.skipped[why]
		if len(list) < manyAlike {
			for _, e := range list {
				t.line(e, t.text(e))
			}
			continue
		}
		fmt.Fprintf(t.w, "%s, up to %s: %s: %s\n", schema.Count(len(list), "step"), t.title(list[len(list)-1].Step),
			t.paint.in(yellow, "skipped"), clean(why))
	}
}

func (t *EventsText) title(s plan.Step) string {
	return fmt.Sprintf("[%d/%d] %s", t.number[s.ID], len(t.number), clean(s.Title))
}

// Applied is the last line of an apply.
func Applied(w io.Writer, r session.Result) {
	line := fmt.Sprintf("Applied: %s in %s.", schema.Count(r.Done, "step"),
		session.Took(time.Duration(r.TookMS)*time.Millisecond))
	switch {
	case r.Verified && r.Limited:
		line += " A second plan of what was asked for is empty."
	case r.Verified:
		line += " A second plan is empty."
	}
	if r.Hint != "" {
		line += " " + clean(r.Hint)
	}
	if len(r.Unseen) > 0 {
		line += " " + NotLookedAt(r.Unseen)
	}
	fmt.Fprintln(w, line)
}

// ErrorText is what went wrong, each join that failed with what it left and what to do next.
func ErrorText(err error) string {
	var join *apply.JoinError
	if !errors.As(err, &join) {
		return err.Error()
	}
	if many, ok := errors.Unwrap(err).(interface{ Unwrap() []error }); ok {
		return strings.Join(schema.Map(many.Unwrap(), ErrorText), "\n")
	}
	return strings.Join(append([]string{err.Error()}, joinLines(join)...), "\n")
}

func joinLines(e *apply.JoinError) []string {
	var out []string
	add := func(yes bool, line string) {
		if yes {
			out = append(out, "  "+line)
		}
	}
	add(e.TokenCancelled, "tidied up: the join token has been cancelled")
	add(e.CertificateRemoved, "tidied up: the certificate of "+e.Member+" has been removed from the trust store")
	add(len(e.Left.Lost) > 0, "lost: "+strings.Join(e.Left.Lost, ", ")+
		" went with the join that failed, on all members; the next plan makes again what the preseed has")
	add(e.Left.Listed, "left behind: "+e.Member+" is listed as a member of the cluster")
	if !e.Left.Listed {
		add(e.Left.Pending, "left behind: a pending row for "+e.Member+" in the cluster's table nodes")
		add(e.Left.Database > 0, "left behind: "+
			e.Member+" has a database of the cluster, so it can neither join again nor work alone")
		add(e.Left.Database < 0, "left behind: "+e.Member+" did not say whether it has a database of the cluster")
		add(e.Left.Trusted, "left behind: the certificate of "+e.Member+" stays trusted, for the next apply")
		add(true, "left behind: "+
			e.Member+" may keep core.https_address and cluster.https_address set; a new join overwrites them")
	}
	add(true, "next: "+session.Advice(e))
	return out
}
