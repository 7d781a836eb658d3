//go:build e2e && linux

package e2e

import (
	"context"
	"fmt"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"clusterctl/drivers/lab"
	"clusterctl/drivers/lab/labtest"
)

// machines COUNT is lab with machines in the place of daemons: Debian with systemd and apt, which can upgrade LXD.
func machinesCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "machines COUNT")
	useLab(ts, labtest.Machines(ts.Value(testKey{}).(testing.TB), lab.Config{Kind: ts.Value(kindKey{}).(lab.Kind),
		Members: number(ts, args[0])}))
}

// machine MEMBER COMMAND ARGUMENTS... runs a command on a machine.
func machineCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 1, "machine MEMBER COMMAND ARGUMENTS...")
	ctx, cancel := context.WithTimeout(context.Background(), commandLimit)
	defer cancel()
	out, err := member(ts, args[0]).Command(ctx, args[1], args[2:]...).CombinedOutput()
	fmt.Fprintf(ts.Stdout(), "%s", out)
	ts.Check(err)
}

// power off|on|install MEMBER cuts a machine's power, boots it, or boots it with a new disk.
func powerCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "power off|on|install MEMBER")
	m := member(ts, args[1])
	switch args[0] {
	case "off":
		ts.Check(m.PowerOff())
	case "on":
		ts.Check(m.PowerOn(context.Background()))
	case "install":
		ts.Check(m.Install(context.Background()))
	default:
		ts.Fatalf("power: %q is not off, on or install", args[0])
	}
}
