//go:build linux

// Package labtest starts labs for tests and holds them to leaving nothing behind.
package labtest

import (
	"cmp"
	"context"
	"testing"
	"time"

	"clusterctl/drivers/lab"
)

// logLimit is how long the logs of a lab may take to be read.
const logLimit = 30 * time.Second

// Start starts a lab that ends with the test. A test that failed tells what the daemons logged last; it fails when
// anything of the lab is left then.
func Start(t testing.TB, c lab.Config) *lab.Lab {
	t.Helper()
	l, err := lab.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		tellLogs(t, l)
		if err := l.Stop(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// Machines is Start with machines that have an init of their own. The first test of all makes their file system, which
// takes a minute.
func Machines(t testing.TB, c lab.Config) *lab.Lab {
	t.Helper()
	var err error
	if c.Base, err = lab.Base(t.Context(), cmp.Or(c.Kind, lab.LXD)); err != nil {
		t.Fatal(err)
	}
	return Start(t, c)
}

func tellLogs(t testing.TB, l *lab.Lab) {
	ctx, cancel := context.WithTimeout(context.Background(), logLimit)
	defer cancel()
	for _, m := range l.Members {
		if t.Failed() {
			t.Logf("the daemon of member %d logged last:\n%s", m.Number, m.LastWords(ctx))
		}
	}
}
