package session

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"clusterctl/drivers"
)

func TestNobodyReachedIsOneExitCodeWhateverTheCause(t *testing.T) {
	t.Parallel()
	for _, kind := range []drivers.Kind{drivers.Denied, drivers.HostKey, drivers.HostKeyUnknown,
		drivers.Certificate, drivers.Unreachable} {
		nobody := &drivers.NobodyError{Err: &drivers.Error{Kind: kind, Err: errors.New("node1: no")}}
		if got := CodeOf(fmt.Errorf("reading the cluster: %w", nobody)); got != ExitUnreachable {
			t.Errorf("%s: exit code %d, want %d", kind, got, ExitUnreachable)
		}
	}
	if got := CodeOf(&drivers.Error{Kind: drivers.Denied}); got != ExitError {
		t.Errorf("a refused call: exit code %d, want %d", got, ExitError)
	}
}

func TestWhatRanOutOfTimeIsGivenLonger(t *testing.T) {
	t.Parallel()
	slow := &drivers.NobodyError{Err: &drivers.Error{Kind: drivers.Timeout, Err: errors.New("node1: no")}}
	if got := HintOf(fmt.Errorf("reading the cluster: %w", slow)); !strings.Contains(got, "--timeout") {
		t.Errorf("hint %q, want one that names --timeout", got)
	}
}
