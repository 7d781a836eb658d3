package sandbox_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"clusterctl/drivers/sandbox"
)

func labels(w *sandbox.World) []string {
	var out []string
	for _, m := range w.Members() {
		out = append(out, m.Name)
	}
	return out
}

func TestFolderIsUsedByOneProcessAtATime(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "world")
	world := start(t, sandbox.Config{Dir: dir, Members: 1})
	if _, err := sandbox.Start(t.Context(), sandbox.Config{Dir: dir}); !errors.Is(err, sandbox.ErrInUse) {
		t.Errorf("starting it twice: %v, want %v", err, sandbox.ErrInUse)
	}
	if err := sandbox.Discard(dir); !errors.Is(err, sandbox.ErrInUse) {
		t.Errorf("removing it: %v, want %v", err, sandbox.ErrInUse)
	}
	if got := labels(world); !slices.Equal(got, []string{"node1"}) {
		t.Errorf("members %v, want node1", got)
	}
}

func TestFolderGrowsByNames(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "world")
	for _, step := range []struct{ names, want []string }{
		{nil, []string{"node1", "node2", "node3"}},
		{[]string{"node2", "web1"}, []string{"node1", "node2", "node3", "web1"}},
		{nil, []string{"node1", "node2", "node3", "web1"}},
	} {
		world, err := sandbox.Start(t.Context(), sandbox.Config{Dir: dir, Names: step.names})
		if err != nil {
			t.Fatal(err)
		}
		if got := labels(world); !slices.Equal(got, step.want) {
			t.Errorf("members %v, want %v", got, step.want)
		}
		if err := world.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestServersWereAliveWhileNoCommandUsedThem(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "world")
	world, err := sandbox.Start(t.Context(), sandbox.Config{Dir: dir, Members: 1})
	if err != nil {
		t.Fatal(err)
	}
	// As if the folder had been left alone for an hour: a world that ages renews what runs, so it is made to look old here.
	must(t, world, "node1", "POST", "/internal/sql", `{"database":"global","query":"UPDATE nodes SET heartbeat='2001-01-01 00:00:00'"}`)
	if err := world.Close(); err != nil {
		t.Fatal(err)
	}
	world = start(t, sandbox.Config{Dir: dir})
	heartbeat := `{"database":"global","query":"SELECT heartbeat FROM nodes"}`
	if got := string(must(t, world, "node1", "POST", "/internal/sql", heartbeat)); strings.Contains(got, "2001") {
		t.Errorf("the heartbeat is the old one: %s", got)
	}
}

// TestFailedStartKeepsTheWorld damages a file of the second member, as an end in the middle of a start leaves members out.
func TestFailedStartKeepsTheWorld(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "world")
	world, err := sandbox.Start(t.Context(), sandbox.Config{Dir: dir, Members: 2})
	if err != nil {
		t.Fatal(err)
	}
	if err := world.Close(); err != nil {
		t.Fatal(err)
	}
	mark, local := filepath.Join(dir, "world.json"), filepath.Join(dir, "members", "node2", "local.db")
	want, kept := read(t, mark), read(t, local)
	write(t, local, "junk")
	if world, err := sandbox.Start(t.Context(), sandbox.Config{Dir: dir}); err == nil {
		t.Error("a damaged world starts", world.Close())
	}
	if got := read(t, mark); got != want {
		t.Errorf("the failed start wrote\n%s\nwant\n%s", got, want)
	}
	write(t, local, kept)
	start(t, sandbox.Config{Dir: dir})
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestFolderOfAStartThatDidNotBegin has what a full disk leaves.
func TestFolderOfAStartThatDidNotBegin(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "lock"), "")
	write(t, filepath.Join(dir, "world.json.new"), "")
	start(t, sandbox.Config{Dir: dir, Members: 1})
}

func TestFolderOpensWhenItsPortIsTaken(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "world")
	world, err := sandbox.Start(t.Context(), sandbox.Config{Dir: dir, Members: 1})
	if err != nil {
		t.Fatal(err)
	}
	address := world.Members()[0].Address
	if err := world.Close(); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("somebody else took %s: %v", address, err)
	}
	defer func() { _ = taken.Close() }() // nothing was sent
	if got := start(t, sandbox.Config{Dir: dir}).Members()[0].Address; got == address {
		t.Errorf("the address is still %s", got)
	}
}

func TestDiscardRemovesOnlyWorlds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := sandbox.Discard(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder without a world: %v, want %v", err, fs.ErrNotExist)
	}
	world, err := sandbox.Start(t.Context(), sandbox.Config{Dir: dir, Members: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(world.Close(), sandbox.Discard(dir)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
}
