//go:build e2e && linux

package e2e

import (
	"flag"
	"path/filepath"
	"slices"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"clusterctl/drivers/lab"
)

// incusAll widens what runs on Incus from a share of the scripts to all that Incus can run.
var incusAll = flag.Bool("incus-all", false, "run all scripts that Incus can, not the share that fits into every run")

// On Incus run the scripts of testdata/incus and, of those for LXD, the share and with -incus-all the rest. Those that are
// missing here set trust passwords and keys that Incus has not: export, https, refused_joiners, render, seed_files,
// seed_stream, settings. What they are about is in testdata/incus.
var (
	incusShare = []string{"apart", "begun", "forms", "objects", "order", "workloads"}
	incusRest  = []string{"access", "addresses", "away", "broken_bootstrap", "broken_joins", "creating", "doctor", "drivers",
		"failure", "half_created", "half_written", "leftovers", "leftovers_device", "leftovers_lvm", "lock", "lvm",
		"networks", "pools_networks", "recover", "recover_older", "recover_return", "refused_changes", "remove",
		"remove_volumes", "replaced", "resume", "superset", "unmentioned", "upgrade"}
)

// TestScriptsOnIncus runs scripts on Incus daemons.
func TestScriptsOnIncus(t *testing.T) {
	t.Parallel()
	names := incusShare
	if *incusAll {
		names = slices.Concat(incusShare, incusRest)
	}
	files, err := filepath.Glob("testdata/incus/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, name := range names {
		files = append(files, filepath.Join("testdata", name+".txtar"))
	}
	runScripts(t, lab.Incus, testscript.Params{Files: files})
}
