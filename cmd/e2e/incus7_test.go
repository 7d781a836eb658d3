//go:build e2e && incus7 && linux

package e2e

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"clusterctl/drivers/lab"
)

// TestIncus7 runs scripts on machines of Debian 13, whose Incus is 6.0.4 until a script upgrades it to 7.0.2.
func TestIncus7(t *testing.T) {
	t.Parallel()
	runScripts(t, lab.Incus, testscript.Params{Dir: "testdata/incus7"})
}
