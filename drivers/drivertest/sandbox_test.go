package drivertest

import (
	"context"
	"testing"

	"clusterctl/drivers/sandbox"
)

// TestScriptsOnSandbox holds the sandbox against the transcripts of real daemons.
func TestScriptsOnSandbox(t *testing.T) {
	t.Parallel()
	for _, name := range scripts(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world, err := sandbox.Start(t.Context(), sandbox.Config{Names: []string{"n1", "n2", "n3"}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := world.Close(); err != nil {
					t.Error(err)
				}
			})
			compare(t, golden(name), transcript(t, script(t, name), world.Client, pretended{world}))
		})
	}
}

// pretended has the sandbox's Daemons.
type pretended struct{ *sandbox.World }

// Kill implements Daemons.
func (p pretended) Kill(ctx context.Context, member string) error { return p.Stop(ctx, member) }

// Start implements Daemons.
func (p pretended) Start(ctx context.Context, member string) error { return p.Restart(ctx, member) }
