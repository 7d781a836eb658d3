package cmd

import (
	"fmt"

	"clusterctl/apply"
	"clusterctl/cmd/render"
	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
)

// applyReport tells somebody how an apply goes: a person or a program.
type applyReport interface {
	apply.Sink
	invalid(found schema.Diagnostics)
	plan(v *survey)
	stale(moved []plan.Change)
	// stopping is called on the first signal, from another goroutine than Event.
	stopping()
	remaining(v *survey)
	// note says something beside the plan and its events.
	note(text string)
	// ended is called once, last; err is what the command returns.
	ended(result render.Result, err error)
}

// textReport writes for people.
type textReport struct {
	*session
	*render.EventsText
	paint render.Paint
}

func newTextReport(s *session) applyReport {
	paint := render.Color(s.color)
	return &textReport{session: s, paint: paint, EventsText: render.NewEventsText(s.Out, paint, s.OutTerminal)}
}

func (t *textReport) invalid(found schema.Diagnostics) {
	render.Diagnostics(t.Err, t.paint, found)
	if len(found) > 0 {
		fmt.Fprintln(t.Err)
	}
}

func (t *textReport) plan(v *survey) { render.Plan(t.Out, t.paint, v.header(), v.plan) }

func (t *textReport) stale(moved []plan.Change) { render.Moved(t.Out, t.paint, moved) }

func (t *textReport) stopping() {
	fmt.Fprintln(t.Err, "\nStopping: waiting for the running steps to end. Once more stops now.")
}

func (t *textReport) remaining(v *survey) {
	fmt.Fprintln(t.Out, "\nA second look shows what still differs:")
	render.Plan(t.Out, t.paint, v.header(), v.plan)
}

func (t *textReport) note(text string) { fmt.Fprintln(t.Out, text) }

func (t *textReport) ended(result render.Result, _ error) {
	if result.Result == "applied" {
		fmt.Fprintln(t.Out, render.Applied(result))
	}
}

// jsonReport writes one JSON object per line.
type jsonReport struct {
	*session
	*render.EventsJSON
}

func newJSONReport(s *session) applyReport {
	return &jsonReport{session: s, EventsJSON: render.NewEventsJSON(s.Out, errorKind)}
}

// errorKind names the kind of an error in a word or two, empty when it has none.
func errorKind(err error) string {
	if kind := drivers.KindOf(err); kind != 0 {
		return kind.String()
	}
	return ""
}

// plan writes the plan of a command that has no other way to show it; that of a preseed is shown by clusterctl plan.
func (j *jsonReport) plan(v *survey) {
	if v.operator {
		j.Plan(v.plan)
	}
}

func (*jsonReport) invalid(schema.Diagnostics) {}
func (*jsonReport) stale([]plan.Change)        {}
func (*jsonReport) stopping()                  {}
func (*jsonReport) remaining(*survey)          {}
func (*jsonReport) note(string)                {}

func (j *jsonReport) ended(result render.Result, err error) {
	result.ExitCode = int(j.signals.codeOf(err))
	if err != nil {
		result.Error, result.Hint = err.Error(), hintOf(err)
	}
	if result.Result == "" {
		result.Result = resultOf(ExitCode(result.ExitCode))
	}
	j.Result(result)
}

// resultOf is the word for an end that no later stage has named.
func resultOf(code ExitCode) string {
	switch code {
	case ExitInvalid:
		return "invalid"
	case ExitInterrupted, ExitTerminated:
		return "interrupted"
	default:
		return "error"
	}
}
