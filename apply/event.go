package apply

import (
	"time"

	"clusterctl/plan"
)

// EventKind says what happened.
type EventKind string

// The kinds, in the order in which a step goes through them.
const (
	Planned  EventKind = "planned"  // the first event: Steps has all of them
	Started  EventKind = "started"  // a step begins
	Progress EventKind = "progress" // Message says how far a step is
	Done     EventKind = "done"     // a step ended well; Message says what it found, where it looked
	Failed   EventKind = "failed"   // a step ended badly, Err says why; also after Done, when it is not found done
	Skipped  EventKind = "skipped"  // a step was not tried, Message says why
	Finished EventKind = "finished" // the last event: Outcome has the counts
)

// StillRunning is the message of a step that says nothing of what it does.
const StillRunning = "still running"

// Event is one thing that happened during a run.
type Event struct {
	// Seq counts from 1 without gaps.
	Seq  int
	Time time.Time
	Kind EventKind
	// Step is set for all but the first and the last event.
	Step plan.Step
	// Took is how long the step has run, on Progress, Done and Failed.
	Took    time.Duration
	Message string
	Err     error
	// Steps are all steps of the plan, on Planned.
	Steps []plan.Step
	// Outcome is set on Finished.
	Outcome *Outcome
}

// Sink receives events: in order, one at a time, from one goroutine.
type Sink interface {
	Event(Event)
}

// Outcome is the result of a run.
type Outcome struct {
	Done, Failed, Skipped int
	// Changed reports whether any step that changes something was started.
	Changed bool
	// Stopped reports that the run was asked to stop and left steps undone.
	Stopped bool
	Took    time.Duration
	// Failures are the failed steps with their errors.
	Failures []StepError
}

// StepError is a failed step.
type StepError struct {
	Step plan.Step
	Err  error
}

// Error names the step and its cause.
func (e StepError) Error() string { return e.Step.Title + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e StepError) Unwrap() error { return e.Err }
