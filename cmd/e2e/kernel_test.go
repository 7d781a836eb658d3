//go:build e2e && vm && linux

package e2e

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"clusterctl/drivers/lab"
)

// TestKernel runs testdata/kernel/*.txtar: thin pools of lvm, which need parts of the kernel that not every machine
// has. drivers/lab/vm runs it in a virtual machine.
func TestKernel(t *testing.T) {
	t.Parallel()
	runScripts(t, lab.LXD, testscript.Params{Dir: "testdata/kernel"})
}

// TestZFS runs testdata/zfs/*.txtar. Its kernel needs modules that are no part of it and take minutes to build.
func TestZFS(t *testing.T) {
	t.Parallel()
	runScripts(t, lab.LXD, testscript.Params{Dir: "testdata/zfs"})
}
