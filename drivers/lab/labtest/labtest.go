//go:build linux

// Package labtest starts labs for tests and holds them to leaving nothing behind.
package labtest

import (
	"cmp"
	"testing"

	"clusterctl/drivers/lab"
)

// Start starts a lab that ends with the test. The test fails when anything of the lab is left then.
func Start(t testing.TB, c lab.Config) *lab.Lab {
	t.Helper()
	l, err := lab.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
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
