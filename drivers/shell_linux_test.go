package drivers_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"clusterctl/drivers"
)

// TestCurrentSeesAReplacedProgram runs a program of its own, and replaces it as a package manager does.
func TestCurrentSeesAReplacedProgram(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "sleep")
	program, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip("there is no sleep here")
	}
	data, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, file + ".new"} {
		if err := os.WriteFile(name, data, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	daemon := exec.Command(file, "600")
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = daemon.Process.Kill() // it is ours, and ends by that alone
		_ = daemon.Wait()
	})
	script, err := drivers.Command{Task: drivers.TaskCurrent, Names: []string{strconv.Itoa(daemon.Process.Pid)}}.Script()
	if err != nil {
		t.Fatal(err)
	}
	current := func() bool { return exec.Command("sh", "-c", script).Run() == nil }
	if !current() {
		t.Errorf("%s: a program that was not replaced is not current", script)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
	if current() {
		t.Errorf("%s: a program that was replaced is current", script)
	}
}
