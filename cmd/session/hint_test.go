package session

import (
	"errors"
	"testing"

	"clusterctl/drivers"
)

// TestHintNamesTheFiles holds the commands in a hint against what can be pasted.
func TestHintNamesTheFiles(t *testing.T) {
	t.Parallel()
	err := &drivers.Error{Kind: drivers.NoLeader, Op: "reading", Err: errors.New("no elected leader")}
	for files, want := range map[string]string{"p.yaml": "clusterctl status p.yaml\n", "a b": "clusterctl status 'a b'\n"} {
		want = "See who of the database's voters is online: " + want + "Start those that are down, then try again."
		if got := HintFor(err, []string{files}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got, want := HintFor(Fail(ExitError, "Look again: clusterctl doctor FILES", err), nil),
		"Look again: clusterctl doctor"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
