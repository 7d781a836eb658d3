package cmd

import (
	"context"
	"errors"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// ExitCode is how the process ends; scripts rely on the numbers.
type ExitCode int

// The exit codes. A panic exits with ExitError: Go's own 2 would read as "there are changes".
const (
	ExitDone        ExitCode = 0
	ExitError       ExitCode = 1
	ExitChanges     ExitCode = 2
	ExitInvalid     ExitCode = 3
	ExitStale       ExitCode = 4
	ExitConsent     ExitCode = 5
	ExitPartial     ExitCode = 6
	ExitLocked      ExitCode = 7
	ExitUnreachable ExitCode = 8
	ExitUsage       ExitCode = 64
	ExitInterrupted ExitCode = 130
	ExitTerminated  ExitCode = 143
)

// exitMeanings is the table that docs/exit-codes.md and the man page show.
func exitMeanings() []struct {
	Code    ExitCode
	Meaning string
} {
	return []struct {
		Code    ExitCode
		Meaning string
	}{
		{ExitDone, "Done, or nothing to do."},
		{ExitError, "Error: anything that is not below."},
		{ExitChanges, "There are changes; only with --detailed-exitcode."},
		{ExitInvalid, "The preseed is invalid. Nothing was touched."},
		{ExitStale, "The saved plan is stale: the cluster changed since. Nothing was touched."},
		{ExitConsent, "Consent is missing, or a guard refused the plan. Nothing was touched."},
		{ExitPartial, "Apply stopped part-way. Run it again: it goes on from what the database says."},
		{ExitLocked, "Somebody else is changing this cluster."},
		{ExitUnreachable, "The cluster cannot be reached, or its database has no quorum."},
		{ExitUsage, "Wrong usage: an unknown command or flag, or no input."},
		{ExitInterrupted, "Interrupted (Ctrl-C)."},
		{ExitTerminated, "Terminated (SIGTERM), or the terminal went away (SIGHUP)."},
	}
}

// exitError is an error that knows its exit code and what to do next. With a nil err everything was said already.
type exitError struct {
	code ExitCode
	err  error
	hint string
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// fail returns an error with an exit code and a next step.
func fail(code ExitCode, hint string, err error) error {
	return &exitError{code: code, err: err, hint: hint}
}

// silent ends the process with that code; the output has said why.
func silent(code ExitCode) error { return &exitError{code: code} }

// codeOf returns the exit code for the error a command returned.
func codeOf(err error) ExitCode {
	var exit *exitError
	var invalid schema.Diagnostics
	switch {
	case err == nil:
		return ExitDone
	case errors.As(err, &exit):
		return exit.code
	case errors.As(err, &invalid):
		return ExitInvalid
	case drivers.Is(err, drivers.Unreachable), drivers.Is(err, drivers.NoLeader), errors.Is(err, context.DeadlineExceeded):
		return ExitUnreachable
	default:
		return ExitError
	}
}

// hintOf returns the next step that comes with the error, empty if none.
func hintOf(err error) string {
	var exit *exitError
	switch {
	case errors.As(err, &exit):
		return exit.hint
	case errors.Is(err, context.DeadlineExceeded):
		return "The limit of --timeout ran out; give a longer one if the servers are merely slow."
	case drivers.Is(err, drivers.NoLeader):
		return "The database has no leader: most of its voters are off. Start the members that are down, then try again."
	case drivers.Is(err, drivers.Unreachable):
		return "Check that the servers are up and that the connections of the preseed's members: are right (docs/connections.md)."
	default:
		return ""
	}
}
