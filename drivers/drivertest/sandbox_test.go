package drivertest

import (
	"path/filepath"
	"strings"
	"testing"

	"clusterctl/drivers/sandbox"
)

// TestScriptsOnSandbox holds the sandbox against the transcripts of real daemons.
func TestScriptsOnSandbox(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob("testdata/*.script")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range scripts {
		name := strings.TrimSuffix(filepath.Base(path), ".script")
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
			compare(t, filepath.Join("testdata", name+".lxd"), transcript(t, name, world.Client))
		})
	}
}
