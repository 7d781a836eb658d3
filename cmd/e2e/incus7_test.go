//go:build e2e && incus7 && linux

package e2e

import (
	"context"
	"fmt"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sync/errgroup"

	"clusterctl/drivers/lab"
)

// incus7Share are the scripts for Incus 6.0.4 that run on 7.0.2, too.
var incus7Share = []string{"forms", "incus/documents", "incus/https", "objects"}

// TestIncus7 runs scripts on machines of Debian 13. Incus is 7.0.2 there, but 6.0.4 in those that say machines and
// not lab.
func TestIncus7(t *testing.T) {
	t.Parallel()
	files := []string{"testdata/incus7/form.txtar", "testdata/incus7/lost.txtar", "testdata/incus7/upgrade.txtar"}
	for _, name := range incus7Share {
		files = append(files, "testdata/"+name+".txtar")
	}
	runScripts(t, lab.Incus, testscript.Params{Files: files, Setup: func(env *testscript.Env) error {
		env.Values[newerKey{}] = installNewer
		return nil
	}})
}

// installNewer upgrades the daemon of each machine to that of the machine's repository.
func installNewer(l *lab.Lab) error {
	g, ctx := errgroup.WithContext(context.Background())
	for _, m := range l.Members {
		g.Go(func() error {
			out, err := m.Command(ctx, "sh", "-c",
				"apt-get update -qq && apt-get install -yqq --only-upgrade incus-base incus-client && incus query /1.0").
				CombinedOutput()
			if err != nil {
				return fmt.Errorf("installing Incus 7 on member %d: %w\n%s", m.Number, err, out)
			}
			return nil
		})
	}
	return g.Wait()
}
