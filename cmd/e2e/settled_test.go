//go:build e2e && linux

package e2e

import (
	"os/exec"
	"slices"

	"github.com/rogpeppe/go-internal/testscript"
)

// settled FILES... holds when nothing differs for ever: a plan of the files has no changes, nor has one of the cluster's
// export, and an export of that is the same again. The export is in export.yaml then.
func settledCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 0, "settled FILES...")
	unchangedCommand(ts, false, args)
	ts.Check(ts.Exec("clusterctl", slices.Concat([]string{"export", "--force", "-o", "export.yaml"}, args)...))
	unchangedCommand(ts, false, []string{"export.yaml"})
	ts.Check(ts.Exec("clusterctl", "export", "--force", "-o", "again.yaml", "export.yaml"))
	if ts.ReadFile("export.yaml") != ts.ReadFile("again.yaml") {
		ts.Fatalf("two exports differ: export.yaml and again.yaml")
	}
}

// atend COMMAND ARGUMENTS... runs a command in the script's folder when the script ends, however it does: what it finds
// done fails, which is right.
func atendCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 0, "atend COMMAND ARGUMENTS...")
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	ts.Defer(func() { _ = cmd.Run() })
}
