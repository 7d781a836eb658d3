package cmd

import (
	"context"
	"fmt"
	"strings"

	"clusterctl/apply"
	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
	"clusterctl/plan"
	"clusterctl/schema"
)

// prepare fills in what a run of a command needs beside its own flags: words are the command line without its flags.
func (c *console) prepare(r *session.Run, inputs []string, words ...string) *session.Run {
	r.Session = c.Session
	r.Words, r.Names = append(append(words[:1:1], c.given...), append(words[1:], inputs...)...), inputs
	c.inputs = inputs
	r.Journal = c.JournalDir(c.journal)
	r.Report = &textReport{c, render.NewEventsText(c.Out, c.paint, c.live(), r.Forecast)}
	switch c.format {
	case "json":
		lines := session.NewEventsJSON(c.Out)
		r.Report = programReport{lines, lines.Plan, lines.Result}
	case "junit":
		tests := &render.StepsJUnit{}
		r.Report = programReport{Sink: tests, end: func(r session.Result) { tests.End(c.Out, r) }}
	}
	return r
}

// textReport writes for people.
type textReport struct {
	*console
	*render.EventsText
}

// Tell implements session.Report.
func (t *textReport) Tell(what any) {
	switch what := what.(type) {
	case schema.Diagnostics:
		t.diagnostics(what)
	case *session.Survey:
		render.Plan(t.Out, t.paint, t.header(what), what.Plan)
	case session.Stale:
		render.Moved(t.Out, t.paint, what)
	case session.Remaining:
		fmt.Fprintln(t.Out, "\nA second look shows what still differs:")
		render.Plan(t.Out, t.paint, t.header(what.Survey), what.Plan)
	case *session.Diagnosis:
		render.Findings(t.Out, t.paint, what)
		render.Steps(t.Out, t.paint, what.Steps)
	case session.Copies:
		render.Copies(t.Out, t.paint, what)
	case session.Checked:
		fmt.Fprintf(t.Out, "Checked: the %s of the copy of %s are in the database, with %s; voters: %s.\n",
			schema.Count(what.Objects, "object"),
			what.Survivor, schema.Count(what.Members, "member"), strings.Join(what.Voters, ", "))
	case session.Note:
		out := t.Out
		if what.Kind == session.NoteStopping {
			out = t.Err
		}
		fmt.Fprintln(out, strings.Replace(notes[what.Kind], "FILE", what.File, 1))
	}
}

// notes are the sentences for notes, in which FILE stands for the file of one.
var notes = map[session.NoteKind]string{
	session.NoteStopping:     "\nStopping: waiting for the running steps to end. Once more stops now.",
	session.NoteRecovering:   "\nWaiting until the database knows who is there.",
	session.NotePlannedAgain: "\nSomebody else had the lock and changed the cluster. The plan is another one now:",
	session.NoteIntroduced:   "\nAll servers trust this client now: what differs can be planned.",
	session.NoteMended:       "\nThe server answers again: what differs can be planned.",
	session.NoteWouldSave:    "The database would be saved to FILE first.",
	session.NoteSaved:        "The database is saved to FILE.",
	session.NoteNotSaved: "The database is not saved: the daemons are down or wait for each other. Each voter's " +
		"disk has a copy.",
}

// Ask implements session.Report.
func (t *textReport) Ask(ctx context.Context, q session.Question) (string, error) {
	switch {
	case !t.interactive():
		return "", session.ErrNobody
	case q.Survivor != "":
		return ask(ctx, t.Streams, fmt.Sprintf("Go on with %s alone? Type its name: ", q.Survivor))
	case q.Steps > 0:
		return ask(ctx, t.Streams, fmt.Sprintf("Apply %s? Only \"yes\" is accepted: ", schema.Count(q.Steps, "step")))
	}
	return ask(ctx, t.Streams, "Break it? Only \"yes\" is accepted: ")
}

// Ended implements session.Report.
func (t *textReport) Ended(result session.Result, _ error) {
	if n := result.Objects; n != nil {
		fmt.Fprintf(t.Out, "Objects: created %d, updated %d, deleted %d, failed %d, skipped %d.\n", n.Created, n.Updated,
			n.Deleted, n.Failed, n.Skipped)
	}
	if result.Result == "applied" {
		render.Applied(t.Out, result)
	}
}

func (c *console) header(v *session.Survey) render.Header {
	return render.Header{Facts: v.Facts, Files: v.Files(), Compact: c.compact}
}

// diagnostics lists what is wrong, above the error that it leads to.
func (c *console) diagnostics(found schema.Diagnostics) {
	render.Diagnostics(c.Err, c.paint, found)
	if len(found) > 0 {
		fmt.Fprintln(c.Err)
	}
}

// programReport is for programs: they are not asked, and told only what has no other way.
type programReport struct {
	apply.Sink
	// plan writes the plan of a command that has no other way to show it, nil for none; that of a preseed is shown by
	// clusterctl plan.
	plan func(*plan.Plan)
	end  func(session.Result)
}

// Ask implements session.Report.
func (programReport) Ask(context.Context, session.Question) (string, error) {
	return "", session.ErrNobody
}

// Tell implements session.Report.
func (p programReport) Tell(what any) {
	if v, ok := what.(*session.Survey); ok && v.Operator && p.plan != nil {
		p.plan(v.Plan)
	}
}

// Ended implements session.Report.
func (p programReport) Ended(result session.Result, err error) {
	if err != nil {
		result.Error = render.ErrorText(err)
	}
	p.end(result)
}
