//go:build e2e && linux

package e2e

import (
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
)

// switchFolder is where daemons look for Open vSwitch: each finds its own, which is mounted there for it alone.
const switchFolder = "/run/openvswitch"

// ovn gives every member of the lab a switch, and the lab the databases of OVN. Packets flow nowhere: Open vSwitch only
// pretends its interfaces, and needs no part of the kernel.
func ovnCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 0, "ovn")
	ts.Check(os.MkdirAll(switchFolder, 0o755))
	script, err := filepath.Abs("testdata/ovn/start.sh")
	ts.Check(err)
	ts.Check(ts.Exec("sh", script))
}

// removeSwitchFolder comes after all scripts: the mounts of others on a folder go with it.
func removeSwitchFolder() { _ = os.Remove(switchFolder) } // it is not there, or somebody's own
