package session

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"

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
	ExitIncomplete  ExitCode = 9
	ExitUsage       ExitCode = 64
	ExitInterrupted ExitCode = 130
	ExitTerminated  ExitCode = 143
)

// failure is an error that knows its exit code and what to do next. With a nil err everything was said already.
type failure struct {
	code ExitCode
	err  error
	hint string
}

func (f *failure) Error() string {
	if f.err == nil {
		return ""
	}
	return f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }

// Fail returns an error with an exit code and a next step.
func Fail(code ExitCode, hint string, err error) error {
	return &failure{code: code, err: err, hint: hint}
}

// Silent ends the process with that code; the output has said why.
func Silent(code ExitCode) error { return &failure{code: code} }

// InvalidError is for a preseed that is not valid.
type InvalidError struct {
	Files []string
	Found schema.Diagnostics
}

func (*InvalidError) Error() string { return "the preseed is not valid; nothing was touched" }

// InvalidIn returns what an error says of a preseed that is not valid; nothing where it says something else.
func InvalidIn(err error) InvalidError {
	if invalid, ok := errors.AsType[*InvalidError](err); ok {
		return *invalid
	}
	return InvalidError{}
}

// CodeOf returns the exit code for the error a command returned.
func CodeOf(err error) ExitCode {
	var fails *failure
	var invalid *InvalidError
	var found schema.Diagnostics
	var nobody *drivers.NobodyError
	switch {
	case err == nil:
		return ExitDone
	case errors.As(err, &fails):
		return fails.code
	case errors.As(err, &invalid), errors.As(err, &found):
		return ExitInvalid
	case errors.As(err, &nobody), drivers.Is(err, drivers.Unreachable), drivers.Is(err, drivers.NoLeader),
		drivers.Is(err, drivers.Certificate), errors.Is(err, context.DeadlineExceeded):
		return ExitUnreachable
	default:
		return ExitError
	}
}

const checkConnections = "Check that the servers are up and that the connections of the preseed's members: are right " +
	"(docs/connections.md)."

// HintFor is [HintOf] of a command about those inputs, which are the FILES of the commands in it.
func HintFor(err error, files []string) string {
	return strings.ReplaceAll(HintOf(err), " FILES", strings.TrimSuffix(" "+Quoted(files), " "))
}

// HintOf returns the next step that comes with the error, empty if none. For a command's inputs it says FILES.
func HintOf(err error) string {
	var fails *failure
	switch {
	case errors.As(err, &fails):
		return fails.hint
	case drivers.Is(err, drivers.NoLeader):
		return "See who of the database's voters is online: clusterctl status FILES\n" +
			"Start those that are down, then try again."
	case errors.Is(err, context.DeadlineExceeded):
		return "The limit of --timeout ran out; give a longer one if the servers are merely slow."
	case drivers.Is(err, drivers.Unreachable):
		return checkConnections
	case drivers.Is(err, drivers.Timeout):
		return checkConnections + "\nServers that answer slowly get longer with a longer --timeout, such as 30m."
	default:
		return ""
	}
}

// Interrupts turns signals into an end of the context. While steps run, the first signal only asks for an orderly
// end and the second one ends the context.
type Interrupts struct {
	mu   sync.Mutex
	code ExitCode
	// gentle is what the next signal does instead of ending the context; nil when it ends it.
	gentle func()
}

// interrupted is why the context of a run ends when signals come.
type interrupted struct{}

func (interrupted) Error() string { return "interrupted" }

func (interrupted) Is(target error) bool { return target == context.Canceled }

// Watch follows the signals until the returned function is called. Under the context drivers only look: what changes
// something is for the package apply.
func Watch(ctx context.Context, signals <-chan os.Signal) (context.Context, *Interrupts, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	i := &Interrupts{}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case signal := <-signals:
				i.received(signal, func() { cancel(interrupted{}) })
			}
		}
	})
	return drivers.Looking(ctx), i, func() { cancel(nil); group.Wait() }
}

func (i *Interrupts) received(signal os.Signal, cancel func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.code = ExitTerminated
	if signal == os.Interrupt {
		i.code = ExitInterrupted
	}
	if gentle := i.gentle; gentle != nil {
		i.gentle = nil
		gentle()
		return
	}
	cancel()
}

// gently makes the next signal close the returned channel and call notice; the one after it ends the context.
// The returned function ends this.
func (i *Interrupts) gently(notice func()) (stop <-chan struct{}, done func()) {
	channel := make(chan struct{})
	i.set(func() {
		close(channel)
		notice()
	})
	return channel, func() { i.set(nil) }
}

func (i *Interrupts) set(gentle func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.gentle = gentle
}

// CodeOf returns the exit code for the error a command returned: the signal's, if one came and the command did not
// end well all the same.
func (i *Interrupts) CodeOf(err error) ExitCode {
	i.mu.Lock()
	defer i.mu.Unlock()
	if err != nil && i.code != 0 {
		return i.code
	}
	return CodeOf(err)
}
