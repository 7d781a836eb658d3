package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"clusterctl/drivers"
	"clusterctl/schema"
)

func TestExitCodeOfErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want ExitCode
	}{
		{nil, ExitDone},
		{errors.New("anything"), ExitError},
		{fmt.Errorf("wrapped: %w", Silent(ExitChanges)), ExitChanges},
		{schema.Diagnostics{{Summary: "wrong"}}, ExitInvalid},
		{fmt.Errorf("reading: %w", &drivers.Error{Kind: drivers.NoLeader}), ExitUnreachable},
		{&drivers.Error{Kind: drivers.Unreachable}, ExitUnreachable},
		{fmt.Errorf("connecting: %w", context.DeadlineExceeded), ExitUnreachable},
		{&drivers.Error{Kind: drivers.Denied}, ExitError},
	} {
		if got := CodeOf(c.err); got != c.want {
			t.Errorf("%v: exit code %d, want %d", c.err, got, c.want)
		}
	}
}

func TestFirstSignalIsGentleSecondIsNot(t *testing.T) {
	t.Parallel()
	signals := make(chan os.Signal)
	ctx, i, done := Watch(t.Context(), signals)
	defer done()
	noticed := make(chan struct{})
	stop, over := i.gently(func() { close(noticed) })
	defer over()
	signals <- os.Interrupt
	<-stop
	<-noticed
	if ctx.Err() != nil {
		t.Fatalf("after the first signal: %v", ctx.Err())
	}
	if got := i.CodeOf(errors.New("stopped")); got != ExitInterrupted {
		t.Errorf("exit code %d, want %d", got, ExitInterrupted)
	}
	signals <- syscall.SIGTERM
	<-ctx.Done()
	if got := i.CodeOf(errors.New("stopped")); got != ExitTerminated {
		t.Errorf("exit code %d, want %d", got, ExitTerminated)
	}
	if got := i.CodeOf(nil); got != ExitDone {
		t.Errorf("exit code of a run that ended well %d, want 0", got)
	}
}

func TestQuotedIsWhatAShellTakes(t *testing.T) {
	t.Parallel()
	got := Quoted([]string{"a.yaml", "my file", "it's", ""})
	if want := `a.yaml 'my file' 'it'\''s' ''`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSavedPlansAreKnownByContent(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"  {\"format_version\": 1, \"steps\": []}\n": true,
		"{\"format_version\": null}":                 false,
		"{cluster: {enabled: true}}":                 false,
		"{\"storage_pools\": []}":                    false,
		"":                                           false,
		"format_version: 1":                          false,
	} {
		if got := isPlan([]byte(text)); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}
