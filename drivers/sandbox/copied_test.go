package sandbox

import (
	"context"
	"testing"
)

// TestACopyThatIsCutShortIsNone holds that a copy of a blank database which was given up is no database to be closed.
func TestACopyThatIsCutShortIsNone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	w := &World{}
	for range 2 {
		db, err := w.openCopied(ctx, "CREATE TABLE config (key TEXT)")
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	cancel()
	if db, err := w.openCopied(ctx, "CREATE TABLE config (key TEXT)"); db != nil || err == nil {
		t.Errorf("got %v, %v", db, err)
	}
}
