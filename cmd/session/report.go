package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"clusterctl/apply"
	"clusterctl/plan"
	"clusterctl/schema"
)

// Report tells somebody how a run goes: a person or a program.
type Report interface {
	apply.Sink
	// Tell is called with what there is beside events: *Survey (the plan), Stale, Remaining, schema.Diagnostics,
	// *Diagnosis, Copies, Checked and Note. NoteStopping comes from another goroutine than events.
	Tell(what any)
	// Ask puts a question and returns the answer. It fails with ErrNobody where nobody can be asked.
	Ask(ctx context.Context, q Question) (string, error)
	// Ended is called once, last; err is what the command returns.
	Ended(result Result, err error)
}

// Stale has what is no longer as a saved plan saw it.
type Stale []plan.Change

// Remaining is the plan that a run has left.
type Remaining struct{ *Survey }

// Note is something that a run says beside the plan and its events.
type Note struct {
	Kind NoteKind
	// File is what it is about, if it is about a file.
	File string
}

// NoteKind is what a note says.
type NoteKind int

// The notes.
const (
	// NoteStopping follows the first signal: the running steps are waited for.
	NoteStopping NoteKind = iota + 1
	// NoteRecovering says that the database is waited for, until it knows who is there.
	NoteRecovering
	// NotePlannedAgain goes before another plan: somebody else had the lock and changed the cluster.
	NotePlannedAgain
	// NoteIntroduced says that all servers trust this client now, and what differs can be planned.
	NoteIntroduced
	// NoteMended says that a server which did not start is mended, and what differs can be planned.
	NoteMended
	// NoteWouldSave and NoteSaved name the file of the database's copy.
	NoteWouldSave
	NoteSaved
	// NoteNotSaved is for members that all wait for each other: no daemon gives a copy.
	NoteNotSaved
)

// Question has one answer to go on; another one, or none, is a no.
type Question struct {
	// Steps are to be carried out; Survivor is to go on alone. Else a lock is to be broken.
	Steps    int
	Survivor string
	// Unsealed steps are of a saved plan that nobody vouches for.
	Unsealed bool
}

func (q Question) yes() string {
	if q.Survivor != "" {
		return q.Survivor
	}
	return "yes"
}

// ErrNobody is for a question where nobody can be asked.
var ErrNobody = errors.New("nobody can be asked here")

// Result is how a run ended, whatever happened before.
type Result struct {
	// Result is one word: applied, unchanged, refused, stale, invalid, partial, differs, locked, interrupted, error.
	Result   string `json:"result"`
	ExitCode int    `json:"exit_code"`
	Done     int    `json:"done"`
	Failed   int    `json:"failed"`
	Skipped  int    `json:"skipped"`
	TookMS   int64  `json:"took_ms"`
	// Objects counts what became of those that the plan changes; done, failed and skipped are steps.
	Objects *Tally `json:"objects,omitempty"`
	// Verified reports that a second plan after the run was empty.
	Verified bool `json:"verified,omitempty"`
	// Limited reports that both plans were not about all that the preseed says: about what one command wants, or what
	// --target and --exclude have left.
	Limited bool `json:"limited,omitempty"`
	// Unseen is what is declared and was not seen at the end.
	Unseen []plan.Unseen `json:"unseen,omitempty"`
	// Remaining are the changes that a second plan still has.
	Remaining []schema.Ref `json:"remaining,omitempty"`
	// Moved are the objects that changed since a saved plan was made.
	Moved       []schema.Ref       `json:"moved,omitempty"`
	Diagnostics schema.Diagnostics `json:"diagnostics,omitempty"`
	Error       string             `json:"error,omitempty"`
	Hint        string             `json:"hint,omitempty"`
}

// on opens the cluster that is to be found there, runs do, and ends the run.
func (r *Run) on(ctx context.Context, where Where, do func(context.Context, opened) error) error {
	_, err := on(ctx, r.Session, where, func(ctx context.Context, at opened) (struct{}, error) {
		return struct{}{}, do(ctx, at)
	})
	return r.end(err)
}

// end reports how the run ended and returns err.
func (r *Run) end(err error) error {
	r.result.ExitCode = int(r.Signals.CodeOf(err))
	if err != nil {
		r.result.Error, r.result.Hint = err.Error(), HintFor(err, r.Names)
	}
	if r.result.Result == "" {
		word := map[ExitCode]string{ExitInvalid: "invalid", ExitInterrupted: "interrupted",
			ExitTerminated: "interrupted"}
		r.result.Result = cmp.Or(word[ExitCode(r.result.ExitCode)], "error") // no later stage has named it
	}
	if r.journal != nil {
		r.journal.close(r.result)
	}
	r.Report.Ended(r.result, err)
	if paste := r.pins().paste(); paste != "" {
		r.Warn(fmt.Errorf("servers have another certificate since they are part of the cluster; the preseed should say:\n%s",
			paste))
	}
	return err
}

// Tally counts what became of the objects that a plan changes.
type Tally struct {
	Created int `json:"created"`
	Updated int `json:"updated"`
	Deleted int `json:"deleted"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
}

// tally goes by the events of a run: an object is as its last step is, unless one before has failed.
type tally struct {
	failed, waiting map[schema.Ref]bool
}

// Event implements apply.Sink.
func (t *tally) Event(e apply.Event) {
	switch e.Kind {
	case apply.Planned:
		t.failed, t.waiting = map[schema.Ref]bool{}, map[schema.Ref]bool{}
	case apply.Skipped:
		t.waiting[e.Step.Cause] = true
	case apply.Failed:
		t.failed[e.Step.Cause] = true
	}
}

// of counts the changes of the plan that was run.
func (t *tally) of(p *plan.Plan) *Tally {
	if len(p.Changes) == 0 || t.failed == nil {
		return nil
	}
	out := &Tally{}
	for _, c := range p.Changes {
		switch {
		case t.failed[c.Ref]:
			out.Failed++
		case t.waiting[c.Ref]:
			out.Skipped++
		case c.Action == plan.Create:
			out.Created++
		case c.Action == plan.Delete:
			out.Deleted++
		default:
			out.Updated++
		}
	}
	return out
}
