//go:build e2e && vm && linux

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// small is a machine that starts quickly.
func small() machine { return machine{memory: "512M", disk: 1} }

func TestCommandHasItsPlaceAndStatus(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("SAID", `it's "said"`)
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	script := `test "$PWD" = "$0" && test "$SAID" = "it's \"said\"" && test "$TMPDIR" = /run/labs || exit 1
echo x > "$0/written" && dmsetup targets | grep -q thin-pool || exit 2
exit 3`
	status, err := small().run(t.Context(), []string{"sh", "-c", script, folder})
	if err != nil || status != 3 {
		t.Errorf("status %d, %v, want 3", status, err)
	}
	if _, err := os.Stat(filepath.Join(folder, "written")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what the machine wrote is here: %v", err)
	}
	assertEmpty(t, os.Getenv("TMPDIR"))
}

func TestMachineEndsWithItsContext(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if status, err := small().run(ctx, []string{"sleep", "1000"}); err == nil {
		t.Errorf("status %d, want an error", status)
	}
	assertEmpty(t, os.Getenv("TMPDIR"))
}

func TestMachinesTakeOtherProcessors(t *testing.T) {
	all := []int{-os.Getpid(), -os.Getpid() - 1<<30} // of no machine
	first, giveBack := takeOne(all)
	second, release := takeOne(all)
	defer release()
	if first != all[0] || second != all[1] {
		t.Errorf("took %d and %d, want %v", first, second, all)
	}
	giveBack()
	third, release := takeOne(all)
	defer release()
	if third != first {
		t.Errorf("took %d when %d was given back", third, first)
	}
}

func assertEmpty(t *testing.T, folder string) {
	t.Helper()
	left, err := os.ReadDir(folder)
	if err != nil || len(left) > 0 {
		t.Errorf("left in the machine's folder: %v, %v", left, err)
	}
}
